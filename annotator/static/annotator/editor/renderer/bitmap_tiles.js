/** @import {Picture} from "../picture.js" */
/** @import {ViewState} from "../types.js" */
/** @import {TileName} from "./image_levels.js" */
/** @import {Tones} from "./tones.js" */
import { levelFor, tileBox, tilesIn, visibleBox } from "./image_levels.js";

const KEPT = 96;
const FETCHES_AT_ONCE = 4;
const RETRY_AFTER_MS = 3_000;

/** Tiles of pictures as bitmaps, for browsers without WebGL2; the ones longest out of sight are let go. */
export class BitmapTiles {
  /** @param {() => void} requestFrame */
  constructor(requestFrame) {
    this.requestFrame = requestFrame;
    /** @type {Map<string, ImageBitmap>} longest unused first */
    this.bitmaps = new Map();
    /** @type {Set<string>} */
    this.inFlight = new Set();
  }

  /**
   * Asks for what a view needs and has not.
   * @param {Picture} picture @param {ViewState} view
   * @returns {number} tiles that are missing
   */
  look(picture, view) {
    let missing = 0;
    for (const name of namesFor(picture, view)) {
      const key = keyOf(picture, name);
      const bitmap = this.bitmaps.get(key);
      if (bitmap) {
        this.bitmaps.delete(key);
        this.bitmaps.set(key, bitmap);
      } else {
        missing++;
        this.fetch(picture, name, key);
      }
    }
    return missing;
  }

  /** @param {Picture} picture @param {TileName} name @param {string} key */
  fetch(picture, name, key) {
    if (!picture.hasTiles || this.inFlight.has(key) || this.inFlight.size >= FETCHES_AT_ONCE) return;
    this.inFlight.add(key);
    picture.tile(name).then(
      (bitmap) => {
        this.inFlight.delete(key);
        if (picture.isClosed) return bitmap.close();
        this.bitmaps.set(key, bitmap);
        if (this.bitmaps.size > KEPT) this.drop(/** @type {string} */ (this.bitmaps.keys().next().value));
        this.requestFrame();
      },
      (error) => {
        picture.report(error);
        setTimeout(() => {
          this.inFlight.delete(key);
          this.requestFrame();
        }, RETRY_AFTER_MS);
      },
    );
  }

  /** @param {string} key */
  drop(key) {
    this.bitmaps.get(key)?.close();
    this.bitmaps.delete(key);
  }

  /**
   * Draws what is there, in image coordinates: the thumbnail, coarser tiles, then those of the right level.
   * @param {CanvasRenderingContext2D} context @param {Picture} picture @param {ViewState} view @param {Tones} tones
   * @returns {boolean} whether all tiles were there
   */
  draw(context, picture, view, tones) {
    const isComplete = this.look(picture, view) === 0;
    const { thumbnail } = picture;
    if (!isComplete && thumbnail) context.drawImage(tones.of(thumbnail), 0, 0, picture.width, picture.height);
    for (const name of namesFor(picture, view)) {
      const bitmap = this.bitmaps.get(keyOf(picture, name));
      if (!bitmap) continue;
      const { x0, y0, x1, y1 } = tileBox(picture, name);
      context.drawImage(tones.of(bitmap), x0, y0, x1 - x0, y1 - y0);
    }
    return isComplete;
  }

  dispose() {
    for (const key of [...this.bitmaps.keys()]) this.drop(key);
  }
}

/** The coarsest tile, then those of the level that a view needs. @param {Picture} picture @param {ViewState} view */
function namesFor(picture, view) {
  const level = levelFor(view.scale, picture.levels);
  const range = tilesIn(picture, level, visibleBox(view, picture));
  /** @type {TileName[]} */
  const names = level < picture.levels - 1 ? [{ level: picture.levels - 1, column: 0, row: 0 }] : [];
  for (let row = range.y0; row < range.y1; row++)
    for (let column = range.x0; column < range.x1; column++) names.push({ level, column, row });
  return names;
}

/** @param {Picture} picture @param {TileName} name */
function keyOf(picture, { level, column, row }) {
  return `${picture.serial}/${level}/${column}/${row}`;
}
