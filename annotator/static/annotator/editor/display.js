/** @import {Comparison} from "./comparison.js" */
/** @import {LabelDocument} from "./document.js" */
/** @import {ImageChunk, Renderer} from "./renderer/palette.js" */
/** @import {Store} from "./store.js" */
import { effect, untracked } from "@preact/signals-core";
import { diffPalette, rgb, segmentPalette } from "./renderer/palette.js";
import { createRenderer } from "./renderer/renderer.js";
import { fit } from "./view.js";

const NO_CLASS_COLOR = "#9a9aa5";
const DIFF_OPACITY = 0.7;
const RECOMPARE_MS = 250;

/** Keeps the canvas in step with the store: one frame after anything visible changed. */
export class Display {
  /** @param {HTMLCanvasElement} canvas @param {Store} store */
  constructor(canvas, store) {
    this.canvas = canvas;
    this.store = store;
    /** @type {Renderer} */
    this.renderer = createRenderer(canvas, () => this.requestFrame());
    /** @type {LabelDocument | null} */
    this.document = null;
    /** @type {Comparison | null} */
    this.comparison = null;
    this.frame = 0;
    this.compareTimer = 0;
    this.shown = "labels";
    this.unlisten = () => {};
    this.watchSize();
    effect(() => this.followLook());
    effect(() => this.followPalette());
    effect(() => this.followLayer());
  }

  /** @param {{document: LabelDocument, chunks: ImageChunk[]}} opened */
  show({ document, chunks }) {
    const { map } = document;
    this.document = document;
    this.unlisten();
    this.unlisten = map.onChange(() => this.requestFrame());
    this.renderer.setImage(chunks, map.width, map.height);
    this.renderer.setLabels(map);
    this.shown = "labels";
    this.store.view.value = fit(this.store.view.value, map.width, map.height);
    void this.comparison?.begin();
  }

  watchSize() {
    const observer = new ResizeObserver(([entry]) => {
      const { width, height } = entry.contentRect;
      if (!width || !height) return;
      const exact = entry.devicePixelContentBoxSize?.[0];
      const deviceWidth = devicePixels(width, exact?.inlineSize);
      this.resize(deviceWidth, devicePixels(height, exact?.blockSize), deviceWidth / width);
    });
    try {
      observer.observe(this.canvas, { box: "device-pixel-content-box" });
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      observer.observe(this.canvas);
    }
  }

  /** @param {number} width @param {number} height @param {number} ratio */
  resize(width, height, ratio) {
    const before = this.store.view.value;
    this.canvas.width = width;
    this.canvas.height = height;
    const isFirst = before.width <= 1;
    const view = { ...before, width, height, ratio };
    const { document } = this;
    this.store.view.value =
      isFirst && document
        ? fit(view, document.map.width, document.map.height)
        : {
            ...view,
            x: before.x + Math.round((width - before.width) / 2),
            y: before.y + Math.round((height - before.height) / 2),
          };
    this.paint();
  }

  requestFrame() {
    this.frame ||= requestAnimationFrame(() => this.paint());
  }

  paint() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.renderer.draw(this.store.view.peek(), this.style());
  }

  /** @returns {import("./renderer/palette.js").LabelStyle} */
  style() {
    const { store } = this;
    const isDiff = this.shown === "difference";
    const opacity = isDiff ? DIFF_OPACITY : store.opacity.peek();
    return {
      backdrop: rgb(getComputedStyle(document.documentElement).getPropertyValue("--bg").trim()),
      opacity: store.isContourOnly.peek() && !isDiff ? 0 : opacity,
      isShown: store.areLabelsShown.peek() && store.phase.peek() === "ready",
      isUnlabelledShown: store.isUnlabelledShown.peek() && !isDiff,
    };
  }

  followLook() {
    const { view, opacity, areLabelsShown, isContourOnly, isUnlabelledShown, phase, theme } = this.store;
    for (const signal of [view, opacity, areLabelsShown, isContourOnly, isUnlabelledShown, phase, theme])
      void signal.value;
    this.requestFrame();
  }

  followPalette() {
    const { store } = this;
    void store.labelsVersion.value;
    const hidden = store.hiddenClasses.value;
    const selected = store.segmentId.value;
    const table = this.table ?? this.document?.segments;
    if (this.shown === "difference") {
      clearTimeout(this.compareTimer);
      this.compareTimer = setTimeout(() => void this.drawDifference(), RECOMPARE_MS);
      return;
    }
    this.renderer.setPalette(
      segmentPalette(table?.byId.values() ?? [], (segment) => ({
        color: store.classById.get(segment.class)?.color ?? NO_CLASS_COLOR,
        isVisible: !hidden.has(segment.class),
        isSelected: this.shown === "labels" && segment.id === selected,
      })),
    );
    this.requestFrame();
  }

  followLayer() {
    const layer = this.store.shownLayer.value;
    void this.store.reference.value;
    untracked(() => void this.switchTo(layer));
  }

  /** @param {"labels" | "prediction" | "difference"} layer */
  async switchTo(layer) {
    const { document, comparison } = this;
    if (!document || !comparison || (layer === this.shown && layer !== "difference")) return;
    await comparison.notices.attempt(async () => {
      if (layer === "difference") return this.drawDifference();
      const other = layer === "prediction" ? await comparison.referenceLayer() : null;
      if (this.store.shownLayer.value !== layer || this.document !== document) return;
      this.shown = layer;
      this.table = other?.segments ?? null;
      this.renderer.setLabels(other?.map ?? document.map);
      this.followPalette();
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
    this.requestFrame();
  }
}

/**
 * Device pixels of a CSS length: what the browser measured, unless it contradicts the page's pixel ratio (as it does
 * where a test emulates another screen).
 * @param {number} css
 * @param {number | undefined} measured
 */
function devicePixels(css, measured) {
  const computed = Math.round(css * window.devicePixelRatio);
  return measured !== undefined && Math.abs(measured - computed) <= 1 ? measured : computed;
}
