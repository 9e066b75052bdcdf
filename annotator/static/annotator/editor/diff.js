/** @import {LabelMap} from "./labelmap.js" */
/** @import {SegmentTable} from "./segments.js" */
import { TILE, TILE_PIXELS } from "./tile.js";

/** Pixel values of a difference map. */
export const ADDED = 1;
export const REMOVED = 2;
export const CHANGED = 3;

/**
 * @typedef {object} Change All pixels that went from one class to another.
 * @property {number | null} from class id, null where unlabelled
 * @property {number | null} to
 * @property {number} pixels
 * @property {{x0: number, y0: number, x1: number, y1: number}} box image pixels
 *
 * @typedef {{map: LabelMap, segments: SegmentTable}} Labelled
 */

/**
 * Where two labellings of one image differ in class.
 * @param {Labelled} before
 * @param {Labelled} after
 * @returns {{tiles: Map<number, Uint16Array<ArrayBuffer>>, changes: Change[]}} tiles of ADDED, REMOVED, CHANGED where
 *   something differs; changes by falling size
 */
export function compareLabels(before, after) {
  const { tilesX, tileCount } = after.map;
  /** @type {Map<number, Uint16Array<ArrayBuffer>>} */
  const tiles = new Map();
  const classBefore = classLookup(before.segments);
  const classAfter = classLookup(after.segments);
  /** @type {Map<number, Change>} */
  const changes = new Map();
  for (let index = 0; index < tileCount; index++) {
    const a = before.map.tile(index);
    const b = after.map.tile(index);
    if (!a && !b) continue;
    const out = new Uint16Array(TILE_PIXELS);
    let differs = false;
    for (let p = 0; p < TILE_PIXELS; p++) {
      const from = a ? classBefore[a[p]] : -1;
      const to = b ? classAfter[b[p]] : -1;
      if (from === to) continue;
      differs = true;
      out[p] = from < 0 ? ADDED : to < 0 ? REMOVED : CHANGED;
      tally(
        changes,
        from,
        to,
        (index % tilesX) * TILE + (p & 255),
        Math.floor(index / tilesX) * TILE + (p >> 8),
      );
    }
    if (differs) tiles.set(index, out);
  }
  return { tiles, changes: [...changes.values()].sort((a, b) => b.pixels - a.pixels) };
}

/** @param {SegmentTable} segments @returns {Int32Array} class id by segment id, -1 for unlabelled */
function classLookup(segments) {
  const lookup = new Int32Array(65536).fill(-1);
  for (const segment of segments.list()) lookup[segment.id] = segment.class;
  return lookup;
}

/** @param {Map<number, Change>} changes @param {number} from @param {number} to @param {number} x @param {number} y */
function tally(changes, from, to, x, y) {
  const key = from * 0x100000 + to;
  const change = changes.get(key);
  if (!change) {
    const box = { x0: x, y0: y, x1: x + 1, y1: y + 1 };
    changes.set(key, { from: from < 0 ? null : from, to: to < 0 ? null : to, pixels: 1, box });
    return;
  }
  change.pixels++;
  const { box } = change;
  if (x < box.x0) box.x0 = x;
  if (x >= box.x1) box.x1 = x + 1;
  if (y < box.y0) box.y0 = y;
  if (y >= box.y1) box.y1 = y + 1;
}
