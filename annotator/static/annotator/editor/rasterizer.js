/** @import {LabelMap} from "./labelmap.js" */
/** @import {Transaction} from "./transaction.js" */
/** @import {TileDelta} from "./types.js" */
import { deltaOf, inverseOf, rowsOf } from "./delta.js";
import { pairsOf, TILE, TILE_PIXELS } from "./tile.js";

/**
 * Writes a segment id into row runs: the way every stroke reaches the label map.
 *
 * @param {LabelMap} map
 * @param {ArrayLike<number>} runs triples y, x0, x1 (x1 exclusive); clipped to the image
 * @param {number} id segment id, 0 erases
 * @param {Transaction} transaction keeps the before-image of each tile that changes
 * @param {Uint8Array | null} [mayOverwrite] the write mode: by old id, 1 where it gives way (65,536 entries)
 * @returns {number} pixels changed
 */
export function writeRuns(map, runs, id, transaction, mayOverwrite = null) {
  /** @type {Map<number, {y0: number, y1: number}>} */
  const rows = new Map();
  let changed = 0;
  for (let i = 0; i < runs.length; i += 3) {
    const y = runs[i];
    if (y < 0 || y >= map.height) continue;
    const end = Math.min(runs[i + 2], map.width);
    for (let x = Math.max(runs[i + 1], 0); x < end;) {
      const stop = Math.min(end, (x | (TILE - 1)) + 1);
      const index = (y >> 8) * map.tilesX + (x >> 8);
      const written = writeSpan(map, index, x, stop, y, id, transaction, mayOverwrite);
      if (written) note(rows, index, y & 255);
      changed += written;
      x = stop;
    }
  }
  for (const [index, { y0, y1 }] of rows) {
    transaction.extend(index, y0, y1);
    map.touched(index, y0, y1);
  }
  return changed;
}

/** @param {Map<number, {y0: number, y1: number}>} rows @param {number} index @param {number} y */
function note(rows, index, y) {
  const known = rows.get(index);
  if (!known) rows.set(index, { y0: y, y1: y + 1 });
  else if (y < known.y0) known.y0 = y;
  else if (y >= known.y1) known.y1 = y + 1;
}

/**
 * @param {LabelMap} map @param {number} index @param {number} x0 @param {number} x1 @param {number} y
 * @param {number} id @param {Transaction} transaction @param {Uint8Array | null} mayOverwrite
 */
function writeSpan(map, index, x0, x1, y, id, transaction, mayOverwrite) {
  const tile = map.tile(index);
  if (!tile && (id === 0 || (mayOverwrite && !mayOverwrite[0]))) return 0;
  const row = (y & 255) << 8;
  const end = row + ((x1 - 1) & 255) + 1;
  let p = row + (x0 & 255);
  if (tile) while (p < end && (tile[p] === id || (mayOverwrite && !mayOverwrite[tile[p]]))) p++;
  if (p === end) return 0;
  transaction.keep(index);
  const target = tile ?? writable(map, index);
  const { counts } = map;
  let changed = 0;
  for (; p < end; p++) {
    const old = target[p];
    if (old === id || (mayOverwrite && !mayOverwrite[old])) continue;
    target[p] = id;
    if (old) counts[old]--;
    changed++;
  }
  if (id) counts[id] += changed;
  return changed;
}

/**
 * Carries out a delta, pixel by pixel and only where its before still stands, so that undo never takes away what
 * somebody else drew there meanwhile.
 *
 * @param {LabelMap} map
 * @param {TileDelta} delta
 * @returns {TileDelta | null} what was changed
 */
export function writeDelta(map, delta) {
  const { index, starts, lengths, before, after } = delta;
  const tile = map.tile(index) ?? writable(map, index);
  const rows = rowsOf(delta);
  if (!isStanding(tile, delta)) return writeWhatStands(map, tile, delta);
  for (let run = 0; run < starts.length; run++) {
    const length = lengths[run] + 1;
    tile.fill(after[run], starts[run], starts[run] + length);
    if (before[run]) map.counts[before[run]] -= length;
    if (after[run]) map.counts[after[run]] += length;
  }
  map.touched(index, rows.y0, rows.y1);
  return delta;
}

/** @param {Uint16Array} tile @param {TileDelta} delta */
function isStanding(tile, { starts, lengths, before }) {
  const pairs = pairsOf(tile);
  for (let run = 0; run < starts.length; run++) {
    const wanted = before[run];
    let p = starts[run];
    let end = p + lengths[run] + 1;
    if (p & 1 && tile[p++] !== wanted) return false;
    if (end & 1 && end > p && tile[--end] !== wanted) return false;
    const pair = wanted * 0x10001;
    for (let i = p >> 1; i < end >> 1; i++) if (pairs[i] !== pair) return false;
  }
  return true;
}

/** @param {LabelMap} map @param {Uint16Array} tile @param {TileDelta} delta */
function writeWhatStands(map, tile, { index, starts, lengths, before, after }) {
  const was = tile.slice();
  for (let run = 0; run < starts.length; run++) {
    for (let p = starts[run], end = p + lengths[run]; p <= end; p++) {
      if (tile[p] !== before[run]) continue;
      tile[p] = after[run];
      if (before[run]) map.counts[before[run]]--;
      if (after[run]) map.counts[after[run]]++;
    }
  }
  const done = deltaOf(index, was, tile);
  if (done) map.touched(index, rowsOf(done).y0, rowsOf(done).y1);
  return done;
}

/**
 * Takes a delta back, as undo does.
 * @param {LabelMap} map
 * @param {TileDelta} delta
 */
export function revertDelta(map, delta) {
  return writeDelta(map, inverseOf(delta));
}

/**
 * Replaces a whole tile by what the server or a merge says.
 * @param {LabelMap} map
 * @param {number} index
 * @param {Uint16Array | null} data TILE × TILE pixels; kept, not copied
 */
export function writeTile(map, index, data) {
  map.count(map.tile(index), -1);
  map.count(data, 1);
  map.put(index, data);
  map.touched(index, 0, TILE);
}

/** @param {LabelMap} map @param {number} index @returns {Uint16Array} */
function writable(map, index) {
  const tile = new Uint16Array(TILE_PIXELS);
  map.put(index, tile);
  return tile;
}
