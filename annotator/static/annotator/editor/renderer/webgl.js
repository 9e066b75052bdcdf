/** @import {LabelMap} from "../labelmap.js" */
/** @import {Picture} from "../picture.js" */
/** @import {ViewState} from "../types.js" */
/** @import {Box} from "./image_levels.js" */
/** @import {LabelStyle, Renderer} from "./palette.js" */
/** @import {Scene} from "./part_painter.js" */
import { TILE } from "../labelmap.js";
import { Compositor } from "./compositor.js";
import { ImageTexels } from "./image_texels.js";
import { LabelTexels } from "./label_texels.js";
import { PaletteTexture } from "./palette_texture.js";
import { PartPainter } from "./part_painter.js";
import { createProgram, createTexture, setSampling } from "./program.js";
import { COMPOSE_FRAGMENT, IDS_FRAGMENT, PRESENT_FRAGMENT, RECT_VERTEX } from "./shaders.js";
import { warmUp } from "./warming.js";

/** Resident label tiles: 64 MiB, more than a window shows above a quarter of the scale on most screens. */
const LABEL_TILES = 512;
const PREVIEW_TILES = 128;

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
   */
  constructor(canvas, gl, requestFrame) {
    this.backend = "webgl2";
    this.gl = gl;
    this.requestFrame = requestFrame;
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
    /** Rises with everything that changes the look of labels that stay as they are. */
    this.lookNumber = 0;
    this.build();
    canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
    canvas.addEventListener("webglcontextrestored", () => {
      this.rebuild();
      requestFrame();
    });
  }

  /** Makes everything that lives in the context. */
  build() {
    const { gl } = this;
    const programs = {
      ids: createProgram(gl, RECT_VERTEX, IDS_FRAGMENT),
      compose: createProgram(gl, RECT_VERTEX, COMPOSE_FRAGMENT),
      present: createProgram(gl, RECT_VERTEX, PRESENT_FRAGMENT),
    };
    for (const program of Object.values(programs)) program.check();
    gl.bindVertexArray(gl.createVertexArray());
    gl.disable(gl.BLEND);
    this.palette = new PaletteTexture(gl);
    this.labels = new LabelTexels(gl, LABEL_TILES);
    this.preview = new LabelTexels(gl, PREVIEW_TILES);
    this.images = new ImageTexels(gl, this.requestFrame);
    this.heatTexture = this.createHeat(1, 1);
    this.painter = new PartPainter(gl, programs);
    this.compositor = new Compositor(gl, programs, this.painter);
    this.labels.onChange = (index, y0, y1) => this.compositor.touch(tileRows(this.map, index, y0, y1));
    this.preview.onChange = (index, y0, y1) => this.compositor.touch(tileRows(this.previewMap, index, y0, y1));
    this.images.onArrival = (picture, box) => {
      if (picture !== this.picture) return;
      this.compositor.touch(box, ({ isProvisional }) => isProvisional);
    };
    warmUp(this);
  }

  /** After the context was lost: everything is made again, and sent again as it comes into sight. */
  rebuild() {
    const colors = this.palette.colors;
    this.labels.unlisten();
    this.preview.unlisten();
    this.images.isDisposed = true;
    this.build();
    this.palette.set(colors);
    if (this.map) this.labels.setMap(this.map);
    if (this.previewMap) this.preview.setMap(this.previewMap);
    if (this.heat) this.setHeat(this.heat);
  }

  /** @param {Picture} picture */
  setImage(picture) {
    this.picture = picture;
    if (this.ahead === picture) this.ahead = null;
    this.images.keep(this.ahead ? [picture, this.ahead] : [picture]);
    this.compositor.clear();
    this.setPreview(null, this.previewColor);
    this.setHeat(null);
  }

  /** @param {LabelMap} map */
  setLabels(map) {
    this.map = map;
    this.labels.setMap(map);
    this.lookNumber++;
  }

  /** @param {Uint8Array<ArrayBuffer>} colors */
  setPalette(colors) {
    if (this.palette.set(colors, this.map)) this.lookNumber++;
  }

  /** @param {LabelMap | null} map @param {[number, number, number]} color */
  setPreview(map, color) {
    const before = this.previewMap;
    if (!map && !before) return;
    this.previewMap = map;
    this.previewColor = color;
    this.preview.setMap(map);
    for (const shown of [before, map]) {
      for (let index = 0; shown && index < shown.tileCount; index++)
        if (shown.has(index)) this.compositor.touch(tileRows(shown, index, 0, TILE));
    }
  }

  /** @param {ImageBitmap | null} heat */
  setHeat(heat) {
    const { gl } = this;
    if (!heat && !this.heat) return;
    this.heat = heat;
    gl.deleteTexture(this.heatTexture);
    this.heatTexture = this.createHeat(heat?.width ?? 1, heat?.height ?? 1);
    if (heat) gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, gl.RGBA, gl.UNSIGNED_BYTE, heat);
    this.lookNumber++;
  }

  /** @param {number} width @param {number} height */
  createHeat(width, height) {
    const { gl } = this;
    gl.activeTexture(gl.TEXTURE0);
    const texture = createTexture(gl, gl.RGBA8, width, height);
    setSampling(gl, gl.TEXTURE_2D, gl.LINEAR);
    return texture;
  }

  /** @param {ViewState} view @param {LabelStyle} style @returns {boolean} */
  draw(view, style) {
    const { gl, picture } = this;
    if (gl.isContextLost() || !picture) return true;
    this.palette.send();
    this.images.look(picture, view);
    const areAllSent = this.images.upload();
    const heatOpacity = this.heat ? style.heatOpacity : 0;
    const drawn = { ...style, heatOpacity };
    const { opacity, isShown, isUnlabelledShown, brightness, contrast, gamma } = style;
    const look = [
      this.lookNumber, opacity, isShown, isUnlabelledShown, brightness, contrast, gamma, heatOpacity, view.ratio,
    ].join();
    return this.compositor.draw(this.scene(picture), view, drawn, look) && areAllSent;
  }

  /** @param {Picture} picture @returns {Scene} */
  scene(picture) {
    return {
      picture,
      images: this.images,
      labels: this.labels,
      preview: this.preview,
      previewColor: this.previewColor,
      palette: this.palette.texture,
      heat: this.heatTexture,
    };
  }

  /** @param {Picture} picture @param {ViewState} view @returns {boolean} */
  prepare(picture, view) {
    if (this.gl.isContextLost()) return true;
    if (this.ahead !== picture) {
      this.ahead = picture;
      this.images.keep(this.picture ? [this.picture, picture] : [picture]);
    }
    const missing = this.images.look(picture, view);
    return this.images.upload() && missing === 0;
  }

  dispose() {
    this.labels.dispose();
    this.preview.dispose();
    this.images.dispose();
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
