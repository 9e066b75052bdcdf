/** @import {LabelMap} from "./labelmap.js" */
/** @import {TileDelta} from "./types.js" */
import { deltaOf } from "./delta.js";
import { TILE } from "./tile.js";
import { writeTile } from "./rasterizer.js";
import { finish } from "./turns.js";

/** One stroke, from pointer down to pointer up: the before-image of each touched tile and the rows that changed. */
export class Transaction {
  /** @param {LabelMap} map */
  constructor(map) {
    this.map = map;
    /** @type {Map<number, Uint16Array | null>} whole tiles as they were */
    this.before = new Map();
    /** @type {Map<number, {y0: number, y1: number}>} */
    this.rows = new Map();
  }

  get isEmpty() {
    return this.before.size === 0;
  }

  /** @param {number} index tile about to change */
  keep(index) {
    if (this.before.has(index)) return;
    this.before.set(index, this.map.tile(index)?.slice() ?? null);
    this.rows.set(index, { y0: TILE, y1: 0 });
  }

  /** @param {number} index a kept tile @param {number} y0 first changed row in the tile @param {number} y1 end */
  extend(index, y0, y1) {
    const rows = this.rows.get(index);
    if (!rows) return;
    rows.y0 = Math.min(rows.y0, y0);
    rows.y1 = Math.max(rows.y1, y1);
  }

  /** @returns {TileDelta[]} what changed */
  deltas() {
    return finish(this.eachDelta());
  }

  /** `deltas` as work that can pause after each tile. @returns {Generator<undefined, TileDelta[]>} */
  *eachDelta() {
    const found = [];
    for (const [index, before] of this.before) {
      const delta = deltaOf(index, before, this.map.tile(index), this.rows.get(index));
      if (delta) found.push(delta);
      yield;
    }
    return found;
  }

  /** Takes every pixel of the stroke back. */
  rollback() {
    for (const [index, before] of this.before) writeTile(this.map, index, before);
    this.before.clear();
    this.rows.clear();
  }
}
