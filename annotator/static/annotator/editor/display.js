/** @import {Comparison} from "./comparison.js" */
/** @import {LabelDocument} from "./document.js" */
/** @import {LabelMap} from "./labelmap.js" */
/** @import {ShownLayer} from "./drawing_style.js" */
/** @import {Picture} from "./picture.js" */
/** @import {Renderer} from "./renderer/palette.js" */
/** @import {SegmentTable} from "./segments.js" */
/** @import {Store} from "./store.js" */
import { effect, untracked } from "@preact/signals-core";
import { backdropOf, segmentLooks, styleOf } from "./drawing_style.js";
import { diffPalette, segmentPalette } from "./renderer/palette.js";
import { createRenderer } from "./renderer/renderer.js";
import { watchDeviceSize } from "./screen.js";
import { fit, resized } from "./view.js";

const RECOMPARE_MS = 250;
/** The longer side of the picture of uncertainty: finer than networks tell it. */
const HEAT_SIDE = 2048;

/** Keeps the canvas in step with the store: one frame after anything visible changed, more while not all is drawn. */
export class Display {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {Store} store
   * @param {(imageId: number) => Promise<Blob>} loadUncertainty grey picture of a prediction's entropy
   * @param {(work: () => Promise<unknown>) => Promise<void>} attempt does what may fail, and tells the user when it did
   * @param {() => void} onBlind called when the picture cannot be drawn any more
   */
  constructor(canvas, store, loadUncertainty, attempt, onBlind) {
    this.canvas = canvas;
    this.store = store;
    this.loadUncertainty = loadUncertainty;
    this.attempt = attempt;
    /** @type {Renderer} */
    this.renderer = createRenderer(canvas, () => this.requestFrame(), onBlind);
    /** @type {LabelDocument | null} */
    this.document = null;
    /** @type {Picture | null} */
    this.picture = null;
    /** @type {Picture | null} one that comes next, to be sent to the GPU when there is nothing else to do */
    this.ahead = null;
    /** @type {Comparison | null} */
    this.comparison = null;
    this.frame = 0;
    this.compareTimer = 0;
    /** @type {ShownLayer} */
    this.shown = "labels";
    /** @type {SegmentTable | null} of the layer that is shown in place of the labels */
    this.table = null;
    /** @type {Picture | null} whose uncertainty is shown or on its way */
    this.heatOf = null;
    /** @type {[number, number, number] | null} null when the theme changed and nothing was drawn since */
    this.backdrop = null;
    this.unlisten = () => {};
    this.unlistenPreview = () => {};
    watchDeviceSize(canvas, (width, height, ratio) => this.resize(width, height, ratio));
    effect(() => {
      void store.view.value;
      this.requestFrame();
    });
    effect(() => this.followLook());
    effect(() => this.followPalette());
    effect(() => this.followLayer());
    effect(() => this.followHeat());
  }

  /** @param {{document: LabelDocument, picture: Picture}} opened */
  show({ document, picture }) {
    const { map } = document;
    const { store, renderer } = this;
    this.unlisten();
    const stops = [map.onChange(() => this.requestFrame()), picture.onChange(() => this.requestFrame())];
    this.unlisten = () => stops.forEach((stop) => stop());
    if (this.picture !== picture) this.picture?.close();
    this.document = document;
    this.picture = picture;
    store.isDrawn.value = false;
    if (this.ahead === picture) this.ahead = null;
    this.showPreview(null, [0, 0, 0]);
    renderer.setImage(picture);
    renderer.setLabels(map);
    this.shown = "labels";
    this.table = null;
    store.view.value = fit(store.view.value, map.width, map.height);
    this.followHeat();
    void this.comparison?.begin();
  }

  /** Sends ahead what the next image needs, in frames in which nothing else is to be done. @param {Picture} picture */
  prepare(picture) {
    this.ahead = picture;
    picture.onChange(() => this.requestFrame());
    this.requestFrame();
  }

  /**
   * A proposal, drawn over the labels while it is not one of them.
   * @param {LabelMap | null} map of the open image's size; its changes are followed
   * @param {[number, number, number]} color bytes
   */
  showPreview(map, color) {
    this.unlistenPreview();
    this.unlistenPreview = map ? map.onChange(() => this.requestFrame()) : () => {};
    this.renderer.setPreview(map, color);
    this.requestFrame();
  }

  /** @param {number} width @param {number} height @param {number} ratio */
  resize(width, height, ratio) {
    const before = this.store.view.value;
    this.canvas.width = width;
    this.canvas.height = height;
    this.store.view.value = resized(before, width, height, ratio, this.document?.map ?? null);
    this.paint();
  }

  /** Whether the canvas shows all there is to be seen, and nothing waits to be drawn. */
  get isComplete() {
    return this.frame === 0 && this.renderer.isComplete;
  }

  requestFrame() {
    this.frame ||= requestAnimationFrame(() => this.paint());
  }

  paint() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    const view = this.store.view.peek();
    this.backdrop ??= backdropOf();
    const { backdrop } = this;
    const style = untracked(() => styleOf(this.store, this.shown, backdrop));
    if (!this.renderer.draw(view, style)) return this.requestFrame();
    if (this.picture) this.store.isDrawn.value = true;
    const { ahead } = this;
    if (!ahead || ahead.isClosed) return;
    if (this.renderer.prepare(ahead, fit(view, ahead.width, ahead.height))) this.ahead = null;
  }

  followLook() {
    void this.store.theme.value;
    this.backdrop = null;
    styleOf(this.store, this.shown, [0, 0, 0]);
    this.requestFrame();
  }

  followPalette() {
    const { store } = this;
    void store.labelsVersion.value;
    const look = segmentLooks(store, this.shown);
    const table = this.table ?? this.document?.segments;
    if (this.shown === "difference") {
      clearTimeout(this.compareTimer);
      this.compareTimer = setTimeout(() => void this.attempt(() => this.drawDifference()), RECOMPARE_MS);
      return;
    }
    this.renderer.setPalette(segmentPalette(table?.byId.values() ?? [], look));
    this.requestFrame();
  }

  followHeat() {
    const isShown = this.store.isHeatShown.value;
    const { picture, store } = this;
    const image = store.image.peek();
    if (!isShown || !picture || !image?.prediction || this.heatOf === picture) return;
    this.heatOf = picture;
    void this.attempt(async () => {
      const blob = await this.loadUncertainty(image.id);
      const scale = Math.min(1, HEAT_SIDE / Math.max(image.width, image.height));
      const heat = await createImageBitmap(blob, {
        resizeWidth: Math.max(1, Math.round(image.width * scale)),
        resizeHeight: Math.max(1, Math.round(image.height * scale)),
        resizeQuality: "medium",
      });
      if (this.picture !== picture) return heat.close();
      this.renderer.setHeat(heat);
      this.requestFrame();
    });
  }

  followLayer() {
    const layer = this.store.shownLayer.value;
    void this.store.reference.value;
    untracked(() => void this.switchTo(layer));
  }

  /** @param {ShownLayer} layer */
  async switchTo(layer) {
    const { document, comparison } = this;
    if (!document || !comparison || (layer === this.shown && layer !== "difference")) return;
    await this.attempt(async () => {
      if (layer === "difference") return this.drawDifference();
      const other = await comparison.shown(layer);
      if (this.store.shownLayer.value !== layer || this.document !== document) return;
      if (layer !== "labels" && !other) return;
      this.shown = layer;
      this.table = other?.segments ?? null;
      this.renderer.setLabels(other?.map ?? document.map);
      untracked(() => {
        this.followLook();
        this.followPalette();
      });
    });
  }

  async drawDifference() {
    const { document } = this;
    const map = await this.comparison?.difference();
    if (!map || this.store.shownLayer.value !== "difference" || this.document !== document) return;
    this.shown = "difference";
    this.table = null;
    this.renderer.setLabels(map);
    this.renderer.setPalette(diffPalette());
    untracked(() => this.followLook());
  }
}
