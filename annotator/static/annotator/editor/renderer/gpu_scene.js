/** @import {Picture} from "../picture.js" */
/** @import {ViewState} from "../types.js" */
/** @import {LabelStyle} from "./palette.js" */
/** @import {Scene} from "./part_painter.js" */
/** @import {Program} from "./program.js" */
import { Compositor } from "./compositor.js";
import { ImageTexels } from "./image_texels.js";
import { LabelTexels } from "./label_texels.js";
import { PaletteTexture } from "./palette_texture.js";
import { PartPainter } from "./part_painter.js";
import { createPrograms, createTexture, setSampling } from "./program.js";
import { COMPOSE_FRAGMENT, IDS_FRAGMENT, PRESENT_FRAGMENT, RECT_VERTEX } from "./shaders.js";
import { warmUp } from "./warming.js";

/** Resident label tiles: 64 MiB, more than a window shows above a quarter of the scale on most screens. */
const LABEL_TILES = 512;
const PREVIEW_TILES = 128;

/** Everything that lives in one WebGL context and goes with it when it is lost. */
export class GpuScene {
  /**
   * Compiled and warmed up, so that no first stroke has to wait.
   * @param {WebGL2RenderingContext} gl @param {() => void} requestFrame
   */
  static async create(gl, requestFrame) {
    const programs = await createPrograms(gl, {
      ids: [RECT_VERTEX, IDS_FRAGMENT],
      compose: [RECT_VERTEX, COMPOSE_FRAGMENT],
      present: [RECT_VERTEX, PRESENT_FRAGMENT],
    });
    const scene = new GpuScene(gl, programs, requestFrame);
    await warmUp(scene);
    return scene;
  }

  /**
   * @param {WebGL2RenderingContext} gl
   * @param {Record<"ids" | "compose" | "present", Program>} programs
   * @param {() => void} requestFrame
   */
  constructor(gl, programs, requestFrame) {
    this.gl = gl;
    gl.bindVertexArray(gl.createVertexArray());
    gl.disable(gl.BLEND);
    this.palette = new PaletteTexture(gl);
    this.labels = new LabelTexels(gl, LABEL_TILES);
    this.preview = new LabelTexels(gl, PREVIEW_TILES);
    this.images = new ImageTexels(gl, requestFrame);
    this.heatTexture = this.createHeat(1, 1);
    this.compositor = new Compositor(gl, programs, new PartPainter(gl, programs));
  }

  /** @param {ImageBitmap | null} heat */
  setHeat(heat) {
    const { gl } = this;
    gl.deleteTexture(this.heatTexture);
    this.heatTexture = this.createHeat(heat?.width ?? 1, heat?.height ?? 1);
    if (heat) gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, gl.RGBA, gl.UNSIGNED_BYTE, heat);
  }

  /** @param {number} width @param {number} height */
  createHeat(width, height) {
    const { gl } = this;
    gl.activeTexture(gl.TEXTURE0);
    const texture = createTexture(gl, gl.RGBA8, width, height);
    setSampling(gl, gl.TEXTURE_2D, gl.LINEAR);
    return texture;
  }

  /**
   * One frame; see Compositor.draw.
   * @param {Picture} picture @param {boolean} isComing @param {[number, number, number]} previewColor @param {ViewState} view
   * @param {LabelStyle} style @param {string} look
   */
  draw(picture, isComing, previewColor, view, style, look) {
    return this.compositor.draw(this.scene(picture, isComing, this.images, previewColor), view, style, look);
  }

  /**
   * @param {Picture} picture @param {boolean} isComing @param {ImageTexels} images @param {[number, number, number]} previewColor
   * @returns {Scene}
   */
  scene(picture, isComing, images, previewColor) {
    const { labels, preview, palette, heatTexture } = this;
    const hasPreview = Boolean(preview.map && (preview.map.openCount || preview.map.packed.size));
    return {
      picture,
      isComing,
      images,
      labels,
      preview,
      hasPreview,
      previewColor,
      palette: palette.texture,
      heat: heatTexture,
    };
  }

  /** Lets go of the listeners; the context takes the rest with it. */
  abandon() {
    this.labels.unlisten();
    this.preview.unlisten();
    this.images.dispose();
  }
}
