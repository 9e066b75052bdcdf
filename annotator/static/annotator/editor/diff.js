/** @import {LabelMap} from "./labelmap.js" */
/** @import {SegmentTable} from "./segments.js" */
import { connect } from "./parts.js";
import { RunList } from "./runs.js";
import { TILE, TILE_PIXELS } from "./tile.js";

/** Pixel values of a difference map. */
export const ADDED = 1;
export const REMOVED = 2;
export const CHANGED = 3;

/** More places than anybody walks through; which are left out is told. */
const MOST_PLACES = 2_000;
/** Stands for unlabelled. */
const NONE = -1;

/**
 * @typedef {object} Change A connected place whose pixels went from one class to another.
 * @property {number | null} from class id, null where unlabelled
 * @property {number | null} to
 * @property {number} pixels
 * @property {{x0: number, y0: number, x1: number, y1: number}} box image pixels
 *
 * @typedef {{map: LabelMap, segments: SegmentTable}} Labelled
 */

/**
 * @typedef {object} Difference
 * @property {Map<number, Uint16Array<ArrayBuffer>>} tiles of ADDED, REMOVED, CHANGED where something differs
 * @property {Change[]} changes by falling size, the largest MOST_PLACES
 * @property {number} count of all changes
 * @property {[number, number, number]} pixels added, removed, changed
 */

/**
 * Where two labellings of one image differ in class.
 * @param {Labelled} before
 * @param {Labelled} after
 * @param {number} [mostPlaces]
 * @returns {Difference}
 */
export function compareLabels(before, after, mostPlaces = MOST_PLACES) {
  const { tilesX, tileCount } = after.map;
  const sides = { before: sideOf(before), after: sideOf(after) };
  /** @type {Difference["tiles"]} */
  const tiles = new Map();
  /** @type {Difference["pixels"]} */
  const pixels = [0, 0, 0];
  /** @type {Map<number, RunList>} */
  const runs = new Map();
  for (let first = 0; first < tileCount; first += tilesX) {
    /** @type {Band} */
    const band = [];
    for (let index = first; index < first + tilesX; index++) {
      const tile = comparedTile(sides.before, sides.after, index, pixels);
      if (!tile) continue;
      tiles.set(index, tile);
      band.push({ tile, left: (index - first) * TILE, a: sides.before.tile(index), b: sides.after.tile(index) });
    }
    addRuns(runs, band, sides, (first / tilesX) * TILE);
  }
  return { tiles, ...placesOf(runs, mostPlaces), pixels };
}

/**
 * @typedef {{tile: (index: number) => Uint16Array | null, classOf: Int32Array}} Side
 * @typedef {{tile: Uint16Array, left: number, a: Uint16Array | null, b: Uint16Array | null}[]} Band tiles of one row of
 *   tiles that differ
 */

/** @param {Labelled} labelled @returns {Side} */
function sideOf({ map, segments }) {
  const classOf = new Int32Array(65536).fill(NONE);
  for (const segment of segments.list()) classOf[segment.id] = segment.class;
  return { tile: (index) => map.tile(index), classOf };
}

/**
 * @param {Side} before @param {Side} after @param {number} index @param {[number, number, number]} pixels to be added to
 * @returns {Uint16Array<ArrayBuffer> | null} null where nothing differs
 */
function comparedTile(before, after, index, pixels) {
  const [a, b] = [before.tile(index), after.tile(index)];
  if (!a && !b) return null;
  /** @type {Uint16Array<ArrayBuffer> | null} */
  let out = null;
  for (let p = 0; p < TILE_PIXELS; p++) {
    const from = a ? before.classOf[a[p]] : NONE;
    const to = b ? after.classOf[b[p]] : NONE;
    if (from === to) continue;
    out ??= new Uint16Array(TILE_PIXELS);
    out[p] = from === NONE ? ADDED : to === NONE ? REMOVED : CHANGED;
    pixels[out[p] - 1]++;
  }
  return out;
}

/**
 * Adds the runs of pixels that went from one class to one other, row by row across the tiles.
 * @param {Map<number, RunList>} runs by `keyOf` @param {Band} band @param {{before: Side, after: Side}} sides
 * @param {number} top row of the image
 */
function addRuns(runs, band, { before, after }, top) {
  for (let row = 0; row < TILE; row++) {
    for (const { tile, left, a, b } of band) {
      const keyAt = (/** @type {number} */ x) => {
        const p = (row << 8) | x;
        if (x === TILE || !tile[p]) return 0;
        return keyOf(a ? before.classOf[a[p]] : NONE, b ? after.classOf[b[p]] : NONE);
      };
      let start = 0;
      let key = keyAt(0);
      for (let x = 1; x <= TILE; x++) {
        const next = keyAt(x);
        if (next === key && x < TILE) continue;
        if (key) listOf(runs, key).add(top + row, left + start, left + x);
        [start, key] = [x, next];
      }
    }
  }
}

/** @param {Map<number, RunList>} runs @param {number} key */
function listOf(runs, key) {
  let list = runs.get(key);
  if (!list) runs.set(key, (list = new RunList()));
  return list;
}

/** @param {number} from @param {number} to class ids, or NONE; never both @returns {number} above 0 */
function keyOf(from, to) {
  return (from + 1) * 0x100000 + to + 1;
}

/**
 * @param {Map<number, RunList>} runs by `keyOf` @param {number} most
 * @returns {{changes: Change[], count: number}}
 */
function placesOf(runs, most) {
  /** @type {Change[]} */
  let changes = [];
  let count = 0;
  for (const [key, list] of runs) {
    const [from, to] = [Math.floor(key / 0x100000) - 1, (key % 0x100000) - 1];
    const set = list.take();
    const parts = connect(set);
    count += parts.count;
    for (const { pixels, box } of largestOf(set, parts, most))
      changes.push({ from: from === NONE ? null : from, to: to === NONE ? null : to, pixels, box });
    changes = changes.sort((one, other) => other.pixels - one.pixels).slice(0, most);
  }
  return { changes, count };
}

/**
 * The largest parts of a set; no more than those are made, for there may be millions of specks.
 * @param {import("./runs.js").Runs} runs @param {{part: Int32Array, count: number}} parts @param {number} most
 */
function largestOf(runs, { part, count }, most) {
  const sizes = new Int32Array(count);
  for (let run = 0; run < part.length; run++) sizes[part[run]] += runs[3 * run + 2] - runs[3 * run + 1];
  const smallest = count > most ? sizes.slice().sort()[count - most] : 0;
  let ties = most - sizes.reduce((sum, size) => sum + (size > smallest ? 1 : 0), 0);
  /** @type {Map<number, {pixels: number, box: Change["box"]}>} */
  const places = new Map();
  sizes.forEach((pixels, i) => {
    if (pixels > smallest || (pixels === smallest && ties-- > 0))
      places.set(i, { pixels, box: { x0: Infinity, y0: Infinity, x1: 0, y1: 0 } });
  });
  for (let run = 0; run < part.length; run++) {
    const box = places.get(part[run])?.box;
    if (!box) continue;
    const [y, x0, x1] = [runs[3 * run], runs[3 * run + 1], runs[3 * run + 2]];
    box.x0 = Math.min(box.x0, x0);
    box.x1 = Math.max(box.x1, x1);
    box.y0 = Math.min(box.y0, y);
    box.y1 = Math.max(box.y1, y + 1);
  }
  return places.values();
}
