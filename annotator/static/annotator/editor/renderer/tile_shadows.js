/** @import {LabelMap} from "../labelmap.js" */
import { TILE, TILE_PIXELS } from "../tile.js";
import { ALL_CELLS, CELL, cellsIn } from "./cell_mask.js";

/** 128 KiB each. */
export const SHADOWS = 96;
const WORDS_PER_ROW = TILE / 2;
const WORDS_PER_CELL = CELL / 2;

/**
 * Copies of tiles that are being drawn on, to find out which cells a stroke changed: a label map tells rows only, and
 * the edge of a large brush touches all rows of a tile but few of its pixels.
 */
export class TileShadows {
  constructor() {
    /** @type {Map<number, Uint16Array>} longest unused first */
    this.tiles = new Map();
  }

  clear() {
    this.tiles.clear();
  }

  /**
   * @param {LabelMap} map @param {number} index @param {number} y0 rows that may have changed @param {number} y1
   * @returns {number} mask of the cells that have, as far as is known
   */
  changed(map, index, y0, y1) {
    const tile = map.has(index) ? map.tile(index) : null;
    const shadow = this.tiles.get(index);
    this.tiles.delete(index);
    if (!tile) return ALL_CELLS;
    if (!shadow) {
      this.keep(index, tile.slice());
      return cellsIn({ x0: 0, y0, x1: TILE, y1 });
    }
    this.keep(index, shadow);
    const mask = differences(tile, shadow, y0, y1);
    shadow.set(tile.subarray(y0 * TILE, y1 * TILE), y0 * TILE);
    return mask;
  }

  /**
   * The same for one of more tiles than are kept: not looked into, since none would be there the next time.
   * @param {number} index @param {number} y0 @param {number} y1
   */
  passOver(index, y0, y1) {
    this.tiles.delete(index);
    return cellsIn({ x0: 0, y0, x1: TILE, y1 });
  }

  /** @param {number} index @param {Uint16Array} tile */
  keep(index, tile) {
    this.tiles.set(index, tile);
    if (this.tiles.size > SHADOWS) this.tiles.delete(/** @type {number} */ (this.tiles.keys().next().value));
  }
}

/** @param {Uint16Array} a @param {Uint16Array} b @param {number} y0 @param {number} y1 */
function differences(a, b, y0, y1) {
  const [wordsA, wordsB] = [a, b].map(({ buffer, byteOffset }) => new Uint32Array(buffer, byteOffset, TILE_PIXELS / 2));
  let mask = 0;
  for (let y = y0; y < y1; y++) {
    for (let column = 0; column < TILE / CELL; column++) {
      const bit = 1 << (Math.floor(y / CELL) * (TILE / CELL) + column);
      if (mask & bit) continue;
      const start = y * WORDS_PER_ROW + column * WORDS_PER_CELL;
      for (let i = start; i < start + WORDS_PER_CELL; i++) {
        if (wordsA[i] === wordsB[i]) continue;
        mask |= bit;
        break;
      }
    }
  }
  return mask;
}
