/** @import {TileDelta} from "./types.js" */
import { EMPTY_TILE, pairsOf, TILE, TILE_PIXELS } from "./tile.js";

const DELTA_OVERHEAD_BYTES = 200;
/** Room for the runs of one tile at its worst. */
const starts = new Uint16Array(TILE_PIXELS);
const lengths = new Uint16Array(TILE_PIXELS);
const before = new Uint16Array(TILE_PIXELS);
const after = new Uint16Array(TILE_PIXELS);

/**
 * What differs between two states of a tile, as runs of pixels that went from one id to one other.
 * @param {number} index
 * @param {Uint16Array | null} was null is all zero
 * @param {Uint16Array | null} is
 * @param {{y0: number, y1: number}} [rows] where differences may be
 * @returns {TileDelta | null} null where there are none
 */
export function deltaOf(index, was, is, { y0, y1 } = { y0: 0, y1: TILE }) {
  const a = was ?? EMPTY_TILE;
  const b = is ?? EMPTY_TILE;
  const aPairs = pairsOf(a);
  const bPairs = pairsOf(b);
  let runs = 0;
  const end = y1 * TILE;
  for (let p = y0 * TILE; p < end;) {
    const from = a[p];
    const to = b[p];
    if (from === to) {
      p++;
      // Most of a tile is as it was: two pixels at a time.
      if ((p & 1) === 0) while (p < end && aPairs[p >> 1] === bPairs[p >> 1]) p += 2;
      continue;
    }
    const start = p++;
    if (p & 1 && a[p] === from && b[p] === to) p++;
    if ((p & 1) === 0) {
      const [fromPair, toPair] = [from * 0x10001, to * 0x10001];
      while (p < end && aPairs[p >> 1] === fromPair && bPairs[p >> 1] === toPair) p += 2;
      if (p < end && a[p] === from && b[p] === to) p++;
    }
    starts[runs] = start;
    lengths[runs] = p - start - 1;
    before[runs] = from;
    after[runs++] = to;
  }
  if (!runs) return null;
  // In one piece of memory, since deltas are copied often: to the worker, to the draft.
  const memory = new Uint16Array(4 * runs);
  const [kept, keptLengths, keptBefore, keptAfter] = [starts, lengths, before, after].map((values, column) => {
    memory.set(values.subarray(0, runs), column * runs);
    return memory.subarray(column * runs, (column + 1) * runs);
  });
  return { index, starts: kept, lengths: keptLengths, before: keptBefore, after: keptAfter };
}

/** The way back. @param {TileDelta} delta @returns {TileDelta} sharing its arrays */
export function inverseOf(delta) {
  return { ...delta, before: delta.after, after: delta.before };
}

/** @param {TileDelta} delta */
export function bytesOf({ starts }) {
  return starts.length * 8 + DELTA_OVERHEAD_BYTES;
}

/**
 * @param {TileDelta[]} deltas @param {Set<number>} ids
 * @returns {number} how many pixels they take from any of these
 */
export function pixelsTaken(deltas, ids) {
  let pixels = 0;
  for (const { lengths, before } of deltas)
    for (let run = 0; run < before.length; run++) if (ids.has(before[run])) pixels += lengths[run] + 1;
  return pixels;
}

/** Rows that a delta touches. @param {TileDelta} delta @returns {{y0: number, y1: number}} */
export function rowsOf({ starts, lengths }) {
  const last = starts.length - 1;
  return { y0: starts[0] >> 8, y1: ((starts[last] + lengths[last]) >> 8) + 1 };
}

/**
 * Gives segments other ids in a delta, in place.
 * @param {TileDelta} delta
 * @param {Map<number, number>} ids
 */
export function renameIds({ before, after }, ids) {
  for (const side of [before, after]) for (let i = 0; i < side.length; i++) side[i] = ids.get(side[i]) ?? side[i];
}

/**
 * Deltas in a row as one tile before and one after; pixels that none of them touched are 0 in both.
 *
 * @param {Iterable<TileDelta>} deltas
 * @param {{keepsUndone: boolean}} options whether pixels that ended as they began still count as changed: a save in
 *   between may have reached the server, which then has to hear of the way back
 * @returns {Map<number, {base: Uint16Array, now: Uint16Array}>}
 */
export function composeDeltas(deltas, { keepsUndone }) {
  /** @type {Map<number, {base: Uint16Array, now: Uint16Array, isTouched: Uint8Array}>} */
  const tiles = new Map();
  for (const { index, starts, lengths, before, after } of deltas) {
    let tile = tiles.get(index);
    if (!tile) {
      tile = {
        base: new Uint16Array(TILE_PIXELS),
        now: new Uint16Array(TILE_PIXELS),
        isTouched: new Uint8Array(TILE_PIXELS),
      };
      tiles.set(index, tile);
    }
    const { base, now, isTouched } = tile;
    for (let run = 0; run < starts.length; run++) {
      const end = starts[run] + lengths[run] + 1;
      for (let p = starts[run]; p < end; p++) {
        if (!isTouched[p]) base[p] = before[run];
        else if (keepsUndone && base[p] === after[run]) base[p] = before[run];
        isTouched[p] = 1;
        now[p] = after[run];
      }
    }
  }
  return tiles;
}
