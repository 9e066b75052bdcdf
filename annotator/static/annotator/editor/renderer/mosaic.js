/** @import {LabelStyle} from "./palette.js" */
/** @import {Box} from "./image_levels.js" */
/** @import {Sheets} from "./sheets.js" */
import { ALL_CELLS, boxesOf, cellsIn } from "./cell_mask.js";
import { intersection } from "./image_levels.js";
import { PART } from "./sheets.js";

/** Device pixels around a changed pixel that look different too: the outline of a selection. */
export const REACH = 8;

/**
 * @typedef {object} Part A square of the scaled image, composed or to be composed.
 * @property {number} column
 * @property {number} row
 * @property {number} slot in the sheets; -1 before it is painted
 * @property {number} dirty mask of the cells that have to be painted
 * @property {boolean} isProvisional painted while a tile of the picture was missing
 * @property {number} usedAt
 * @property {() => void} evict
 */

let lastSerial = 0;

/** The image at one scale and in one look, cut into parts that are composed when they come into sight. */
export class Mosaic {
  /**
   * @param {{width: number, height: number}} image
   * @param {number} scale device pixels per image pixel
   * @param {LabelStyle & {ratio: number}} style
   * @param {string} look names the style; equal names look alike
   * @param {Sheets} sheets
   */
  constructor(image, scale, style, look, sheets) {
    this.serial = ++lastSerial;
    this.image = image;
    this.scale = scale;
    this.style = style;
    this.look = look;
    this.sheets = sheets;
    /** @type {Map<number, Part>} */
    this.parts = new Map();
    /** Size of the scaled image, whole device pixels. */
    this.width = Math.max(1, Math.round(image.width * scale));
    this.height = Math.max(1, Math.round(image.height * scale));
  }

  /**
   * @param {Box} box image pixels
   * @returns {Box} parts that it touches, end exclusive
   */
  range(box) {
    const { scale } = this;
    return {
      x0: Math.max(0, Math.floor((box.x0 * scale) / PART)),
      y0: Math.max(0, Math.floor((box.y0 * scale) / PART)),
      x1: Math.min(Math.ceil(this.width / PART), Math.floor((box.x1 * scale) / PART) + 1),
      y1: Math.min(Math.ceil(this.height / PART), Math.floor((box.y1 * scale) / PART) + 1),
    };
  }

  /** @param {number} column @param {number} row @returns {Part} */
  part(column, row) {
    const key = row * 65536 + column;
    let part = this.parts.get(key);
    if (!part) {
      const evict = () => this.parts.delete(key);
      part = { column, row, slot: -1, dirty: ALL_CELLS, isProvisional: false, usedAt: 0, evict };
      this.parts.set(key, part);
    }
    return part;
  }

  /** Whether a part has been painted and not been let go since. @param {Part} part */
  holds(part) {
    return part.slot >= 0 && this.parts.get(part.row * 65536 + part.column) === part;
  }

  /** The pixels of a part that lie in the image. @param {number} column @param {number} row @returns {Box} */
  whole(column, row) {
    return {
      x0: 0,
      y0: 0,
      x1: Math.min(PART, this.width - column * PART),
      y1: Math.min(PART, this.height - row * PART),
    };
  }

  /**
   * Marks what shows a box of the image as out of date.
   * @param {Box} box image pixels
   * @param {(part: Part) => boolean} [filter]
   */
  touch(box, filter) {
    const { scale } = this;
    const plane = {
      x0: Math.floor(box.x0 * scale) - REACH,
      y0: Math.floor(box.y0 * scale) - REACH,
      x1: Math.ceil(box.x1 * scale) + REACH,
      y1: Math.ceil(box.y1 * scale) + REACH,
    };
    for (const part of this.partsIn(plane)) {
      if (filter && !filter(part)) continue;
      const [left, top] = [part.column * PART, part.row * PART];
      const own = { x0: plane.x0 - left, y0: plane.y0 - top, x1: plane.x1 - left, y1: plane.y1 - top };
      part.dirty |= cellsIn(own);
    }
  }

  /** What is dirty in a part, as rectangles that lie in the image. @param {Part} part @returns {Box[]} */
  dirtyBoxes({ column, row, dirty }) {
    const whole = this.whole(column, row);
    return boxesOf(dirty)
      .map((box) => intersection(box, whole))
      .filter(({ x0, y0, x1, y1 }) => x0 < x1 && y0 < y1);
  }

  /** Known parts that a box of the scaled image touches. @param {Box} plane @returns {Part[]} */
  partsIn(plane) {
    const found = [];
    const [left, top] = [Math.floor(plane.x0 / PART), Math.floor(plane.y0 / PART)];
    const [right, bottom] = [Math.floor((plane.x1 - 1) / PART), Math.floor((plane.y1 - 1) / PART)];
    if ((right - left + 1) * (bottom - top + 1) > this.parts.size) {
      for (const part of this.parts.values()) {
        if (part.column >= left && part.column <= right && part.row >= top && part.row <= bottom) found.push(part);
      }
      return found;
    }
    for (let row = top; row <= bottom; row++) {
      for (let column = left; column <= right; column++) {
        const part = this.parts.get(row * 65536 + column);
        if (part) found.push(part);
      }
    }
    return found;
  }

  /** Parts in a box of the image, made where they are missing. @param {Box} box image pixels @returns {Part[]} */
  partsFor(box) {
    const { x0, y0, x1, y1 } = this.range(box);
    const parts = [];
    for (let row = y0; row < y1; row++) for (let column = x0; column < x1; column++) parts.push(this.part(column, row));
    return parts;
  }

  dispose() {
    for (const { slot } of this.parts.values()) if (slot >= 0) this.sheets.release(slot);
    this.parts.clear();
  }
}
