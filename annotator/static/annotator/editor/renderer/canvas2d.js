/** @import {LabelMap} from "../labelmap.js" */
/** @import {Picture} from "../picture.js" */
/** @import {ViewState} from "../types.js" */
/** @import {Box} from "./image_levels.js" */
/** @import {Grain} from "./painted_tile.js" */
/** @import {LabelStyle, Renderer} from "./palette.js" */
import { TILE } from "../tile.js";
import { BitmapTiles } from "./bitmap_tiles.js";
import { heatCanvas } from "./heat.js";
import { visibleBox } from "./image_levels.js";
import { paintLabels, paintPreview } from "./painted_tile.js";
import { Tones } from "./tones.js";

/** Tiles that are kept painted: 256 KiB each. */
const PAINTED_TILES = 256;
const PAINT_BUDGET_MS = 12;
const COARSE_STEP = 4;
const COARSE_SCALE = 1 / COARSE_STEP;

/**
 * For browsers without WebGL2: slower, with a contour in image pixels. Labels are painted for show only and never read
 * back, since browsers may alter such pixels.
 *
 * @implements {Renderer}
 */
export class CanvasRenderer {
  /** @param {CanvasRenderingContext2D} context @param {() => void} requestFrame */
  constructor(context, requestFrame) {
    this.backend = "2d";
    this.isComplete = false;
    this.ready = Promise.resolve();
    this.context = context;
    this.tiles = new BitmapTiles(requestFrame);
    this.tones = new Tones();
    /** @type {Picture | null} */
    this.picture = null;
    /** @type {LabelMap | null} */
    this.map = null;
    /** @type {LabelMap | null} */
    this.preview = null;
    /** @type {[number, number, number]} */
    this.previewColor = [255, 255, 255];
    /** @type {OffscreenCanvas | null} */
    this.heat = null;
    /** @type {Uint8Array<ArrayBuffer>} */
    this.palette = new Uint8Array(65536 * 4);
    /** @type {Map<string, OffscreenCanvas>} by layer, step and index, oldest first */
    this.painted = new Map();
    this.paintedStyle = "";
    this.unlisten = () => {};
    this.unlistenPreview = () => {};
  }

  /** @param {Picture} picture */
  setImage(picture) {
    this.picture = picture;
    this.setHeat(null);
    this.setPreview(null, this.previewColor);
  }

  /** @param {LabelMap} map */
  setLabels(map) {
    this.unlisten();
    this.map = map;
    this.painted.clear();
    this.unlisten = map.onChange((index) => this.forget("labels", map, index));
  }

  /** @param {LabelMap | null} map @param {[number, number, number]} color */
  setPreview(map, color) {
    this.unlistenPreview();
    this.preview = map;
    this.previewColor = color;
    for (const key of this.painted.keys()) if (key.startsWith("preview")) this.painted.delete(key);
    this.unlistenPreview = map ? map.onChange((index) => this.forget("preview", map, index)) : () => {};
  }

  /** @param {ImageBitmap | null} heat */
  setHeat(heat) {
    this.heat = heat && heatCanvas(heat);
    heat?.close();
  }

  /** @param {Uint8Array<ArrayBuffer>} palette */
  setPalette(palette) {
    this.palette = palette;
    this.painted.clear();
  }

  /** Drops what shows a tile, and its neighbours for their contours. */
  forget(/** @type {string} */ layer, /** @type {LabelMap} */ { tilesX }, /** @type {number} */ index) {
    for (const near of [0, -1, 1, -tilesX, tilesX]) {
      const [x, y] = [(index + near) % tilesX, Math.floor((index + near) / tilesX)];
      for (const step of [1, COARSE_STEP])
        this.painted.delete(`${layer}/${step}/${Math.floor(x / step)}/${Math.floor(y / step)}`);
    }
  }

  /** @param {ViewState} view @param {LabelStyle} style @returns {boolean} */
  draw(view, style) {
    const { context, map, picture, heat } = this;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = `rgb(${style.backdrop.join(" ")})`;
    context.fillRect(0, 0, view.width, view.height);
    if (!picture) return true;
    context.setTransform(view.scale, 0, 0, view.scale, view.x, view.y);
    context.imageSmoothingEnabled = view.scale < 1 || style.isSmooth;
    this.tones.follow(style);
    const hasTiles = this.tiles.draw(context, picture, view, this.tones);
    if (heat && style.heatOpacity > 0) this.drawHeat(heat, picture, style.heatOpacity);
    context.imageSmoothingEnabled = false;
    const key = `${style.opacity} ${style.isUnlabelledShown} ${grainOf(view).line}`;
    if (key !== this.paintedStyle) this.painted.clear();
    this.paintedStyle = key;
    const end = performance.now() + PAINT_BUDGET_MS;
    let isDone = true;
    if (map && style.isShown)
      isDone = this.drawMap("labels", map, view, end, (box, grain) => paintLabels(map, this.palette, style, box, grain));
    const { preview } = this;
    if (preview)
      isDone =
        this.drawMap("preview", preview, view, end, (box, grain) =>
          paintPreview(preview, this.previewColor, box, grain),
        ) && isDone;
    this.isComplete = isDone && hasTiles;
    return isDone;
  }

  /** Where the model was unsure. @param {OffscreenCanvas} heat @param {Picture} picture @param {number} opacity */
  drawHeat(heat, { width, height }, opacity) {
    const { context } = this;
    context.globalAlpha = opacity;
    context.imageSmoothingEnabled = true;
    context.drawImage(heat, 0, 0, width, height);
    context.globalAlpha = 1;
  }

  /**
   * @param {string} layer @param {LabelMap} map @param {ViewState} view @param {number} end time until which may be painted
   * @param {(box: Box, grain: Grain) => OffscreenCanvas} paint
   * @returns {boolean} whether all in sight is painted
   */
  drawMap(layer, map, view, end, paint) {
    const grain = grainOf(view);
    const { step } = grain;
    const side = TILE * step;
    const box = visibleBox(view, map);
    let isDone = true;
    for (let y = Math.floor(box.y0 / side); y * side < box.y1; y++) {
      for (let x = Math.floor(box.x0 / side); x * side < box.x1; x++) {
        const key = `${layer}/${step}/${x}/${y}`;
        let canvas = this.painted.get(key);
        if (!canvas && performance.now() < end) {
          canvas = paint({ x0: x * side, y0: y * side, x1: (x + 1) * side, y1: (y + 1) * side }, grain);
          this.keep(key, canvas);
        }
        if (canvas) this.context.drawImage(canvas, x * side, y * side, side, side);
        else isDone = false;
      }
    }
    return isDone;
  }

  /** @param {string} key @param {OffscreenCanvas} canvas */
  keep(key, canvas) {
    this.painted.set(key, canvas);
    if (this.painted.size > PAINTED_TILES) this.painted.delete(/** @type {string} */ (this.painted.keys().next().value));
  }

  /** @param {Picture} picture @param {ViewState} view @returns {boolean} */
  prepare(picture, view) {
    return this.tiles.look(picture, view) === 0;
  }

  dispose() {
    this.unlisten();
    this.unlistenPreview();
    this.tiles.dispose();
  }
}

/** As fine as a view shows; lines as wide on the screen as with WebGL2. @param {ViewState} view @returns {Grain} */
function grainOf({ scale, ratio }) {
  const step = scale <= COARSE_SCALE ? COARSE_STEP : 1;
  return { step, line: Math.max(1, Math.round(Math.max(1, Math.round(ratio)) / (scale * step))) };
}
