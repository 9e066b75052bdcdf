/** @import {LabelMap} from "../labelmap.js" */
/** @import {ViewState} from "../types.js" */
/** @import {ImageChunk, LabelStyle, Renderer} from "./palette.js" */
import { TILE } from "../labelmap.js";
import { IDS_FRAGMENT, IMAGE_FRAGMENT, OVERLAY_FRAGMENT, OVERLAY_VERTEX, RECT_VERTEX } from "./shaders.js";

/** Tiles along one side of a label texture: 1,024 texels, so that a dirty tile is one small upload. */
const PAGE_TILES = 4;
const PAGE = PAGE_TILES * TILE;

/**
 * Draws in three passes: the image; the segment id under each device pixel into an integer buffer; that buffer through
 * the palette. The contour is made in the last pass, so it is one pixel wide at every zoom and knows no tile borders.
 *
 * @implements {Renderer}
 */
export class WebGLRenderer {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {WebGL2RenderingContext} gl
   * @param {() => void} onRestored called when a lost context is back and wants a new frame
   */
  constructor(canvas, gl, onRestored) {
    this.backend = "webgl2";
    this.gl = gl;
    /** @type {ImageChunk[]} */
    this.chunks = [];
    this.imageSize = [1, 1];
    /** @type {LabelMap | null} */
    this.map = null;
    /** @type {Uint8Array<ArrayBuffer>} */
    this.palette = new Uint8Array(65536 * 4);
    this.isPaletteStale = true;
    /** @type {Set<number>} tiles whose texels are out of date */
    this.stale = new Set();
    this.unlisten = () => {};
    this.build();
    canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
    canvas.addEventListener("webglcontextrestored", () => {
      this.build();
      onRestored();
    });
  }

  /** Makes everything that lives in the context; what it shows is kept outside and sent again. */
  build() {
    const { gl } = this;
    this.programs = {
      image: program(gl, RECT_VERTEX, IMAGE_FRAGMENT),
      ids: program(gl, RECT_VERTEX, IDS_FRAGMENT),
      overlay: program(gl, OVERLAY_VERTEX, OVERLAY_FRAGMENT),
    };
    this.vertices = gl.createVertexArray();
    this.idBuffer = gl.createFramebuffer();
    /** @type {WebGLTexture | null} */
    this.idTexture = null;
    this.idSize = [0, 0];
    this.paletteTexture = integerTexture(gl, gl.RGBA8UI, 256, 256);
    /** @type {Map<number, WebGLTexture>} label textures by page */
    this.pages = new Map();
    /** @type {(WebGLTexture | null)[]} */
    this.imageTextures = [];
    this.isPaletteStale = true;
    this.uploadImage();
    if (this.map) this.setLabels(this.map);
  }

  /** @param {ImageChunk[]} chunks @param {number} width @param {number} height */
  setImage(chunks, width, height) {
    this.chunks = chunks;
    this.imageSize = [width, height];
    this.uploadImage();
  }

  uploadImage() {
    const { gl } = this;
    for (const texture of this.imageTextures) gl.deleteTexture(texture);
    this.imageTextures = this.chunks.map(({ bitmap }) => {
      const texture = gl.createTexture();
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
      gl.generateMipmap(gl.TEXTURE_2D);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR_MIPMAP_LINEAR);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
      return texture;
    });
  }

  /** @param {LabelMap} map */
  setLabels(map) {
    this.unlisten();
    for (const texture of this.pages?.values() ?? []) this.gl.deleteTexture(texture);
    this.pages = new Map();
    this.map = map;
    this.stale = new Set(map.tiles.flatMap((tile, index) => (tile ? [index] : [])));
    this.unlisten = map.onChange((index) => this.stale.add(index));
  }

  /** @param {Uint8Array<ArrayBuffer>} palette */
  setPalette(palette) {
    this.palette = palette;
    this.isPaletteStale = true;
  }

  /** @param {ViewState} view @param {LabelStyle} style */
  draw(view, style) {
    const { gl, programs } = this;
    if (gl.isContextLost() || !programs) return;
    this.upload();
    gl.bindVertexArray(this.vertices ?? null);
    gl.viewport(0, 0, view.width, view.height);
    gl.disable(gl.BLEND);
    this.bindTarget(null);
    const [red, green, blue] = style.backdrop;
    gl.clearColor(red / 255, green / 255, blue / 255, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    this.chunks.forEach(({ x, y, bitmap }, i) =>
      this.drawRect(programs.image, view, this.imageTextures[i], [x, y, bitmap.width, bitmap.height]),
    );
    if (!this.map || !style.isShown) return;
    this.drawIds(view);
    this.drawOverlay(view, style);
  }

  upload() {
    const { gl, map } = this;
    if (this.isPaletteStale) {
      gl.bindTexture(gl.TEXTURE_2D, this.paletteTexture ?? null);
      gl.pixelStorei(gl.UNPACK_ALIGNMENT, 4);
      gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, 256, 256, gl.RGBA_INTEGER, gl.UNSIGNED_BYTE, this.palette);
      this.isPaletteStale = false;
    }
    if (!map) return;
    for (const index of this.stale) this.uploadTile(map, index);
    this.stale.clear();
  }

  /** @param {LabelMap} map @param {number} index */
  uploadTile(map, index) {
    const { gl } = this;
    const [tx, ty] = [index % map.tilesX, Math.floor(index / map.tilesX)];
    const pagesX = Math.ceil(map.tilesX / PAGE_TILES);
    const page = Math.floor(ty / PAGE_TILES) * pagesX + Math.floor(tx / PAGE_TILES);
    const pages = /** @type {Map<number, WebGLTexture>} */ (this.pages);
    let texture = pages.get(page);
    if (!texture) pages.set(page, (texture = integerTexture(gl, gl.R16UI, PAGE, PAGE)));
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 2);
    const [x, y] = [(tx % PAGE_TILES) * TILE, (ty % PAGE_TILES) * TILE];
    const pixels = map.tiles[index] ?? new Uint16Array(TILE * TILE);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, x, y, TILE, TILE, gl.RED_INTEGER, gl.UNSIGNED_SHORT, pixels);
  }

  /** @param {ViewState} view */
  drawIds(view) {
    const { gl, map, programs } = this;
    if (!map || !programs) return;
    if (this.idSize?.[0] !== view.width || this.idSize[1] !== view.height) this.resizeIds(view.width, view.height);
    this.bindTarget(this.idBuffer ?? null);
    gl.clearBufferuiv(gl.COLOR, 0, new Uint32Array(4));
    const pagesX = Math.ceil(map.tilesX / PAGE_TILES);
    for (const [page, texture] of this.pages ?? []) {
      const [x, y] = [(page % pagesX) * PAGE, Math.floor(page / pagesX) * PAGE];
      const rect = [x, y, Math.min(PAGE, map.width - x), Math.min(PAGE, map.height - y)];
      this.drawRect(programs.ids, view, texture, rect);
    }
  }

  /** @param {number} width @param {number} height */
  resizeIds(width, height) {
    const { gl } = this;
    gl.deleteTexture(this.idTexture ?? null);
    this.idTexture = integerTexture(gl, gl.R16UI, width, height);
    this.idSize = [width, height];
    this.bindTarget(this.idBuffer ?? null);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, this.idTexture, 0);
  }

  /** @param {ViewState} view @param {LabelStyle} style */
  drawOverlay(view, style) {
    const { gl, programs } = this;
    if (!programs) return;
    this.bindTarget(null);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA);
    const { overlay } = programs;
    gl.useProgram(overlay.handle);
    setView(gl, overlay, view);
    gl.uniform1i(overlay.at("u_ids"), 0);
    gl.uniform1i(overlay.at("u_palette"), 1);
    gl.uniform2f(overlay.at("u_image_size"), this.imageSize[0], this.imageSize[1]);
    gl.uniform1f(overlay.at("u_opacity"), style.opacity);
    gl.uniform1f(overlay.at("u_ratio"), view.ratio);
    gl.uniform1i(overlay.at("u_hatch_unlabelled"), style.isUnlabelledShown ? 1 : 0);
    gl.activeTexture(gl.TEXTURE1);
    gl.bindTexture(gl.TEXTURE_2D, this.paletteTexture ?? null);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.idTexture ?? null);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  /** @param {Program} pass @param {ViewState} view @param {WebGLTexture | null} texture @param {number[]} rect */
  drawRect(pass, view, texture, rect) {
    const { gl } = this;
    gl.useProgram(pass.handle);
    setView(gl, pass, view);
    gl.uniform2f(pass.at("u_canvas"), view.width, view.height);
    gl.uniform4f(pass.at("u_rect"), rect[0], rect[1], rect[2], rect[3]);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }

  /** @param {WebGLFramebuffer | null} target */
  bindTarget(target) {
    this.gl.bindFramebuffer(this.gl.FRAMEBUFFER, target);
  }

  dispose() {
    this.unlisten();
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }
}

/**
 * @typedef {{handle: WebGLProgram, at: (name: string) => WebGLUniformLocation | null}} Program
 * @param {WebGL2RenderingContext} gl @param {string} vertex @param {string} fragment
 * @returns {Program}
 */
function program(gl, vertex, fragment) {
  const handle = gl.createProgram();
  for (const [type, source] of /** @type {[number, string][]} */ ([
    [gl.VERTEX_SHADER, vertex],
    [gl.FRAGMENT_SHADER, fragment],
  ])) {
    const shader = /** @type {WebGLShader} */ (gl.createShader(type));
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(handle, shader);
  }
  gl.linkProgram(handle);
  if (!gl.getProgramParameter(handle, gl.LINK_STATUS) && !gl.isContextLost()) {
    throw new Error(`A shader does not link: ${gl.getProgramInfoLog(handle)}`);
  }
  /** @type {Map<string, WebGLUniformLocation | null>} */
  const places = new Map();
  return {
    handle,
    at(name) {
      let place = places.get(name);
      if (place === undefined) places.set(name, (place = gl.getUniformLocation(handle, name)));
      return place;
    },
  };
}

/** @param {WebGL2RenderingContext} gl @param {Program} pass @param {ViewState} view */
function setView(gl, pass, view) {
  gl.uniform1f(pass.at("u_height"), view.height);
  gl.uniform2f(pass.at("u_offset"), view.x, view.y);
  gl.uniform1f(pass.at("u_scale"), view.scale);
}

/** @param {WebGL2RenderingContext} gl @param {number} format @param {number} width @param {number} height */
function integerTexture(gl, format, width, height) {
  const texture = /** @type {WebGLTexture} */ (gl.createTexture());
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texStorage2D(gl.TEXTURE_2D, 1, format, width, height);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
  return texture;
}
