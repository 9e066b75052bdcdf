/** @import {LabelMap} from "../labelmap.js" */
/** @import {Picture} from "../picture.js" */
/** @import {ViewState} from "../types.js" */
/** @import {Box} from "./image_levels.js" */
/** @import {LabelStyle, Renderer} from "./palette.js" */
import { TILE } from "../tile.js";
import { GpuScene } from "./gpu_scene.js";

/** A context that is lost is brought back by the browser at once, or hardly ever. */
const PATIENCE_MS = 2_000;

/**
 * Draws with WebGL2. Image, labels, proposal and uncertainty are sent to the GPU as far as they are looked at; the
 * compositor keeps what they make together.
 *
 * @implements {Renderer}
 */
export class WebGLRenderer {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {WebGL2RenderingContext} gl
   * @param {() => void} requestFrame called when there is something new to draw
   * @param {() => void} onBlind called when the context is lost and does not come back soon
   */
  constructor(canvas, gl, requestFrame, onBlind) {
    this.backend = "webgl2";
    this.gl = gl;
    this.requestFrame = requestFrame;
    this.isComplete = false;
    /** @type {Picture | null} */
    this.picture = null;
    /** @type {Picture | null} the one that comes next */
    this.ahead = null;
    /** @type {LabelMap | null} */
    this.map = null;
    /** @type {LabelMap | null} */
    this.previewMap = null;
    /** @type {[number, number, number]} */
    this.previewColor = [255, 255, 255];
    /** @type {ImageBitmap | null} */
    this.heat = null;
    /** @type {Uint8Array<ArrayBuffer>} */
    this.colors = new Uint8Array(65536 * 4);
    /** Rises with everything that changes the look of labels that stay as they are. */
    this.lookNumber = 0;
    /** @type {GpuScene | null} null while shaders are compiled, and while the context is lost */
    this.gpu = null;
    canvas.addEventListener("webglcontextlost", (event) => {
      event.preventDefault();
      this.gpu?.abandon();
      this.gpu = null;
      this.isComplete = false;
      setTimeout(() => gl.isContextLost() && onBlind(), PATIENCE_MS);
    });
    canvas.addEventListener("webglcontextrestored", () => void this.build());
    /** Settles when strokes can be drawn without delay. */
    this.ready = this.build();
  }

  /** Makes everything that lives in the context, and tells it what is shown; tiles are sent as they come into sight. */
  async build() {
    const gpu = await GpuScene.create(this.gl, this.requestFrame);
    if (this.gl.isContextLost()) return;
    const { compositor } = gpu;
    gpu.images.onArrival = (picture, box) => {
      if (picture === this.picture) compositor.touch(box, ({ isProvisional }) => isProvisional);
    };
    gpu.palette.set(this.colors);
    gpu.labels.setMap(this.map);
    gpu.preview.setMap(this.previewMap);
    if (this.heat) gpu.setHeat(this.heat);
    this.gpu = gpu;
    this.requestFrame();
  }

  /** @param {Picture} picture */
  setImage(picture) {
    this.picture = picture;
    if (this.ahead === picture) this.ahead = null;
    this.gpu?.images.keep(this.ahead ? [picture, this.ahead] : [picture]);
    this.gpu?.compositor.clear();
    this.setPreview(null, this.previewColor);
    this.setHeat(null);
  }

  /** @param {LabelMap} map */
  setLabels(map) {
    this.map = map;
    this.gpu?.labels.setMap(map);
    this.lookNumber++;
  }

  /** @param {Uint8Array<ArrayBuffer>} colors */
  setPalette(colors) {
    this.colors = colors;
    if (this.gpu?.palette.set(colors, this.map)) this.lookNumber++;
  }

  /** @param {LabelMap | null} map @param {[number, number, number]} color */
  setPreview(map, color) {
    const before = this.previewMap;
    if (!map && !before) return;
    this.previewMap = map;
    this.previewColor = color;
    if (map !== before) this.gpu?.preview.setMap(map);
    for (const shown of new Set([before, map])) {
      for (let index = 0; shown && index < shown.tileCount; index++)
        if (shown.has(index)) this.gpu?.compositor.touch(tileRows(shown, index, 0, TILE));
    }
  }

  /** @param {ImageBitmap | null} heat kept, for contexts that are lost, and closed when another comes */
  setHeat(heat) {
    if (!heat && !this.heat) return;
    if (this.heat !== heat) this.heat?.close();
    this.heat = heat;
    this.gpu?.setHeat(heat);
    this.lookNumber++;
  }

  /** @param {ViewState} view @param {LabelStyle} style @returns {boolean} */
  draw(view, style) {
    const { gpu, picture } = this;
    if (!gpu || !picture) return true;
    gpu.palette.send();
    for (const texels of [gpu.labels, gpu.preview]) for (const box of texels.changes()) gpu.compositor.touch(box);
    const isComing = gpu.images.look(picture, view) > 0 && picture.hasTiles;
    const areAllSent = gpu.images.upload();
    const heatOpacity = this.heat ? style.heatOpacity : 0;
    const drawn = { ...style, heatOpacity };
    const { opacity, isShown, isUnlabelledShown, isSmooth, brightness, contrast, gamma } = style;
    const look = [
      this.lookNumber, opacity, isShown, isUnlabelledShown, isSmooth, brightness, contrast, gamma, heatOpacity, view.ratio,
    ].join();
    const isDone = gpu.draw(picture, isComing, this.previewColor, view, drawn, look) && areAllSent;
    this.isComplete = isDone && !isComing;
    return isDone;
  }

  /** @param {Picture} picture @param {ViewState} view @returns {boolean} */
  prepare(picture, view) {
    const { gpu } = this;
    if (!gpu) return false;
    if (this.ahead !== picture) {
      this.ahead = picture;
      gpu.images.keep(this.picture ? [this.picture, picture] : [picture]);
    }
    const missing = gpu.images.look(picture, view);
    return gpu.images.upload() && missing === 0;
  }

  dispose() {
    this.gpu?.abandon();
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }
}

/**
 * @param {LabelMap | null} map @param {number} index @param {number} y0 @param {number} y1
 * @returns {Box} image pixels
 */
function tileRows(map, index, y0, y1) {
  if (!map) return { x0: 0, y0: 0, x1: 0, y1: 0 };
  const [left, top] = [(index % map.tilesX) * TILE, Math.floor(index / map.tilesX) * TILE];
  return { x0: left, y0: top + y0, x1: Math.min(left + TILE, map.width), y1: Math.min(top + y1, map.height) };
}
