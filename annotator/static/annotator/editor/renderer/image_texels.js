/** @import {Picture} from "../picture.js" */
/** @import {ViewState} from "../types.js" */
/** @import {Box, TileName} from "./image_levels.js" */
import { levelFor, PICTURE_TILE, tileBox, tilesIn, visibleBox } from "./image_levels.js";
import { bindTexture, createTexture, setSampling } from "./program.js";

/** 1 MiB each. */
const TEXTURES_AT_LEAST = 96;
const FETCHES_AT_ONCE = 4;
const UPLOAD_BUDGET_MS = 5;
/** Around the window, device pixels: as far as parts are painted ahead. */
const MARGIN_PX = 256;
const RETRY_AFTER_MS = 3_000;

/**
 * @typedef {object} Piece Part of a picture to be drawn from one texture.
 * @property {WebGLTexture} texture
 * @property {Box} box image pixels
 * @property {number} x image point at the texture's corner
 * @property {number} y
 * @property {[number, number]} step image pixels per texel
 * @property {[number, number]} texels that are used
 * @property {boolean} isFinal whether it is of the level that was asked for
 *
 * @typedef {{texture: WebGLTexture, width: number, height: number, usedAt: number, picture: Picture}} Resident
 */

/**
 * Tiles of pictures on the GPU: fetched when a view needs them, sent a few per frame, the ones longest out of sight
 * reused for others.
 */
export class ImageTexels {
  /** @param {WebGL2RenderingContext} gl @param {() => void} requestFrame */
  constructor(gl, requestFrame) {
    this.gl = gl;
    this.requestFrame = requestFrame;
    /** @type {Map<string, Resident>} */
    this.residents = new Map();
    /** @type {Map<Picture, Resident>} */
    this.thumbnails = new Map();
    /** @type {Set<string>} */
    this.inFlight = new Set();
    /** @type {{key: string, name: TileName, picture: Picture, bitmap: ImageBitmap}[]} */
    this.arrivals = [];
    /** @type {Map<string, number>} when a tile that did not come may be asked for again */
    this.retryAt = new Map();
    this.capacity = TEXTURES_AT_LEAST;
    this.clock = 0;
    this.isDisposed = false;
    /** @type {(picture: Picture, box: Box) => void} */
    this.onArrival = () => {};
  }

  /** Lets go of all pictures but these. @param {Picture[]} pictures */
  keep(pictures) {
    for (const [key, { picture, texture }] of this.residents) {
      if (pictures.includes(picture)) continue;
      this.gl.deleteTexture(texture);
      this.residents.delete(key);
    }
    for (const [picture, { texture }] of this.thumbnails) {
      if (pictures.includes(picture)) continue;
      this.gl.deleteTexture(texture);
      this.thumbnails.delete(picture);
    }
  }

  /**
   * Asks for what a view of a picture needs and has not, and when that is there for what lies around it.
   * @param {Picture} picture @param {ViewState} view
   * @returns {number} tiles in sight that are missing
   */
  look(picture, view) {
    this.clock++;
    this.showThumbnail(picture);
    const level = levelFor(view.scale, picture.levels);
    const box = visibleBox(view, picture);
    const range = tilesIn(picture, level, box);
    const coarsest = { level: picture.levels - 1, column: 0, row: 0 };
    const missing = this.want(picture, [coarsest, ...namesFromCentre(level, range)]);
    if (missing > 0) return missing;
    const margin = MARGIN_PX / view.scale;
    const around = { x0: box.x0 - margin, y0: box.y0 - margin, x1: box.x1 + margin, y1: box.y1 + margin };
    const names = namesFromCentre(level, tilesIn(picture, level, around));
    this.capacity = Math.max(TEXTURES_AT_LEAST, 2 * names.length);
    this.want(picture, names);
    return 0;
  }

  /** @param {Picture} picture @param {TileName[]} names @returns {number} those that are missing */
  want(picture, names) {
    let missing = 0;
    for (const name of names) {
      const key = keyOf(picture, name);
      const resident = this.residents.get(key);
      if (resident) resident.usedAt = this.clock;
      else {
        missing++;
        this.fetch(picture, name, key);
      }
    }
    return missing;
  }

  /** @param {Picture} picture @param {TileName} name @param {string} key */
  fetch(picture, name, key) {
    if (!picture.hasTiles || this.inFlight.has(key) || this.inFlight.size >= FETCHES_AT_ONCE) return;
    if ((this.retryAt.get(key) ?? 0) > performance.now()) return;
    this.inFlight.add(key);
    picture.tile(name).then(
      (bitmap) => {
        if (this.isDisposed || picture.isClosed) {
          this.inFlight.delete(key);
          return bitmap.close();
        }
        this.arrivals.push({ key, name, picture, bitmap });
        this.requestFrame();
      },
      (error) => {
        this.inFlight.delete(key);
        if (picture.isClosed) return;
        picture.report(error);
        this.retryAt.set(key, performance.now() + RETRY_AFTER_MS);
        setTimeout(() => this.requestFrame(), RETRY_AFTER_MS);
      },
    );
  }

  /** Sends tiles that arrived, for a few milliseconds. @returns {boolean} whether none is left */
  upload() {
    const end = performance.now() + UPLOAD_BUDGET_MS;
    while (this.arrivals.length && performance.now() < end) {
      const { key, name, picture, bitmap } = /** @type {ImageTexels["arrivals"][number]} */ (this.arrivals.shift());
      this.inFlight.delete(key);
      if (!picture.isClosed) {
        const resident = this.place(picture, bitmap);
        this.residents.set(key, resident);
        this.onArrival(picture, tileBox(picture, name));
      }
      bitmap.close();
    }
    return this.arrivals.length === 0;
  }

  /** @param {Picture} picture @param {ImageBitmap} bitmap @returns {Resident} */
  place(picture, bitmap) {
    const { gl } = this;
    const texture = this.takeTexture();
    bindTexture(gl, 0, gl.TEXTURE_2D, texture);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 4);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
    return { texture, width: bitmap.width, height: bitmap.height, usedAt: this.clock, picture };
  }

  takeTexture() {
    if (this.residents.size >= this.capacity) {
      const [key, { texture }] = [...this.residents].reduce((a, b) => (b[1].usedAt < a[1].usedAt ? b : a));
      this.residents.delete(key);
      return texture;
    }
    const { gl } = this;
    const texture = createTexture(gl, gl.RGBA8, PICTURE_TILE, PICTURE_TILE);
    setSampling(gl, gl.TEXTURE_2D, gl.LINEAR);
    return texture;
  }

  /** @param {Picture} picture */
  showThumbnail(picture) {
    const { thumbnail } = picture;
    if (!thumbnail || this.thumbnails.has(picture)) return;
    this.thumbnails.set(picture, this.place(picture, thumbnail));
    this.onArrival(picture, { x0: 0, y0: 0, x1: picture.width, y1: picture.height });
  }

  /**
   * How to draw a part of a picture with what is here: its own level, else a coarser one, else the thumbnail.
   * @param {Picture} picture @param {number} level @param {Box} box image pixels
   * @returns {Piece[]}
   */
  cover(picture, level, box) {
    const range = tilesIn(picture, level, box);
    /** @type {Piece[]} */
    const pieces = [];
    for (const name of namesFromCentre(level, range)) {
      const piece = this.pieceFor(picture, name);
      if (piece) pieces.push(piece);
    }
    return pieces;
  }

  /** @param {Picture} picture @param {TileName} name @returns {Piece | null} */
  pieceFor(picture, name) {
    const box = tileBox(picture, name);
    let { column, row } = name;
    for (let level = name.level; level < picture.levels; level++, column >>= 1, row >>= 1) {
      const resident = this.residents.get(keyOf(picture, { level, column, row }));
      if (!resident) continue;
      resident.usedAt = this.clock;
      const { x0, y0, stepX, stepY } = tileBox(picture, { level, column, row });
      return piece(resident, box, x0, y0, [stepX, stepY], level === name.level);
    }
    const thumbnail = this.thumbnails.get(picture);
    if (!thumbnail) return null;
    const step = /** @type {[number, number]} */ ([picture.width / thumbnail.width, picture.height / thumbnail.height]);
    return piece(thumbnail, box, 0, 0, step, false);
  }

  dispose() {
    this.isDisposed = true;
    for (const { bitmap } of this.arrivals) bitmap.close();
  }
}

/**
 * @param {Resident} resident @param {Box} box @param {number} x @param {number} y @param {[number, number]} step
 * @param {boolean} isFinal
 * @returns {Piece}
 */
function piece({ texture, width, height }, box, x, y, step, isFinal) {
  return { texture, box, x, y, step, texels: [width, height], isFinal };
}

/** @param {Picture} picture @param {TileName} name */
function keyOf(picture, { level, column, row }) {
  return `${picture.serial}/${level}/${column}/${row}`;
}

/** @param {number} level @param {Box} range @returns {TileName[]} the middle first */
function namesFromCentre(level, range) {
  const names = [];
  for (let row = range.y0; row < range.y1; row++) {
    for (let column = range.x0; column < range.x1; column++) names.push({ level, column, row });
  }
  const [x, y] = [(range.x0 + range.x1 - 1) / 2, (range.y0 + range.y1 - 1) / 2];
  const distance = (/** @type {TileName} */ { column, row }) => (column - x) ** 2 + (row - y) ** 2;
  return names.sort((a, b) => distance(a) - distance(b));
}
