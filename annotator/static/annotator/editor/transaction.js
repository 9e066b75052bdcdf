/** @import {LabelMap} from "./labelmap.js" */
/** @import {Patch} from "./types.js" */
import { writeTile } from "./rasterizer.js";

/**
 * One stroke, from pointer down to pointer up: the before-image of each touched tile and the rectangle that changed.
 */
export class Transaction {
  /** @param {LabelMap} map */
  constructor(map) {
    this.map = map;
    /** @type {Map<number, Uint16Array | null>} whole tiles as they were */
    this.before = new Map();
    /** @type {Map<number, {x0: number, y0: number, x1: number, y1: number}>} */
    this.bounds = new Map();
  }

  get isEmpty() {
    return this.before.size === 0;
  }

  /** @param {number} index tile about to change */
  keep(index) {
    if (this.before.has(index)) return;
    this.before.set(index, this.map.tiles[index]?.slice() ?? null);
    this.bounds.set(index, { x0: 256, y0: 256, x1: 0, y1: 0 });
  }

  /**
   * Grows the changed rectangle of a kept tile by one row's span, in tile coordinates.
   * @param {number} index @param {number} x0 @param {number} y @param {number} x1
   */
  extend(index, x0, y, x1) {
    const b = this.bounds.get(index);
    if (!b) return;
    if (x0 < b.x0) b.x0 = x0;
    if (x1 > b.x1) b.x1 = x1;
    if (y < b.y0) b.y0 = y;
    if (y + 1 > b.y1) b.y1 = y + 1;
  }

  /** @returns {Patch[]} what changed, for the history */
  patches() {
    const patches = [];
    for (const [index, before] of this.before) {
      const b = this.bounds.get(index);
      if (!b || b.x0 >= b.x1) continue;
      const after = this.map.tiles[index];
      patches.push({ index, ...b, before: cut(before, b), after: cut(after, b) });
    }
    return patches;
  }

  /** Takes every pixel of the stroke back. */
  rollback() {
    for (const [index, before] of this.before) writeTile(this.map, index, before);
    this.before.clear();
    this.bounds.clear();
  }
}

/** @param {Uint16Array | null} tile @param {{x0: number, y0: number, x1: number, y1: number}} b */
function cut(tile, { x0, y0, x1, y1 }) {
  const width = x1 - x0;
  const out = new Uint16Array(width * (y1 - y0));
  if (tile) for (let y = y0; y < y1; y++) out.set(tile.subarray((y << 8) + x0, (y << 8) + x1), (y - y0) * width);
  return out;
}
