/** @import {LabelMap} from "./labelmap.js" */
/** @import {Transaction} from "./transaction.js" */
/** @import {Patch} from "./types.js" */
import { TILE, TILE_PIXELS } from "./labelmap.js";

/**
 * Writes a segment id into row runs: the way every stroke reaches the label map.
 *
 * @param {LabelMap} map
 * @param {ArrayLike<number>} runs triples y, x0, x1 (x1 exclusive); clipped to the image
 * @param {number} id segment id, 0 erases
 * @param {Transaction} transaction keeps the before-image of each tile that changes
 * @param {((id: number) => boolean) | null} [mayOverwrite] the write mode: asked once per run of equal old ids
 * @returns {number} pixels changed
 */
export function writeRuns(map, runs, id, transaction, mayOverwrite = null) {
  const changedTiles = new Set();
  let changed = 0;
  for (let i = 0; i < runs.length; i += 3) {
    const y = runs[i];
    if (y < 0 || y >= map.height) continue;
    const end = Math.min(runs[i + 2], map.width);
    for (let x = Math.max(runs[i + 1], 0); x < end;) {
      const stop = Math.min(end, (x | (TILE - 1)) + 1);
      const index = (y >> 8) * map.tilesX + (x >> 8);
      const written = writeSpan(map, index, x, stop, y, id, transaction, mayOverwrite);
      if (written) changedTiles.add(index);
      changed += written;
      x = stop;
    }
  }
  for (const index of changedTiles) map.touched(index);
  return changed;
}

/**
 * @param {LabelMap} map @param {number} index @param {number} x0 @param {number} x1 @param {number} y
 * @param {number} id @param {Transaction} transaction @param {((id: number) => boolean) | null} mayOverwrite
 */
function writeSpan(map, index, x0, x1, y, id, transaction, mayOverwrite) {
  let tile = map.tiles[index];
  if (!tile && (id === 0 || (mayOverwrite && !mayOverwrite(0)))) return 0;
  const row = (y & 255) << 8;
  let changed = 0;
  let lastOld = -1;
  let allowed = true;
  for (let x = x0; x < x1; x++) {
    const p = row | (x & 255);
    const old = tile ? tile[p] : 0;
    if (old === id) continue;
    if (old !== lastOld) {
      lastOld = old;
      allowed = !mayOverwrite || mayOverwrite(old);
    }
    if (!allowed) continue;
    if (!changed) {
      transaction.keep(index);
      tile = writable(map, index);
    }
    /** @type {Uint16Array} */ (tile)[p] = id;
    if (old) map.counts[old]--;
    if (id) map.counts[id]++;
    changed++;
  }
  if (changed) transaction.extend(index, x0 & 255, y & 255, ((x1 - 1) & 255) + 1);
  return changed;
}

/**
 * Puts one side of a patch back, pixel by pixel and only where the other side still stands, so that undo never takes
 * away what somebody else drew there meanwhile.
 *
 * @param {LabelMap} map
 * @param {Patch} patch
 * @param {"before" | "after"} side
 * @param {Transaction} transaction
 */
export function writePatch(map, patch, side, transaction) {
  const from = side === "before" ? patch.after : patch.before;
  const to = side === "before" ? patch.before : patch.after;
  transaction.keep(patch.index);
  const tile = writable(map, patch.index);
  let i = 0;
  for (let y = patch.y0; y < patch.y1; y++) {
    for (let x = patch.x0; x < patch.x1; x++, i++) {
      const p = (y << 8) | x;
      if (from[i] === to[i] || tile[p] !== from[i]) continue;
      if (from[i]) map.counts[from[i]]--;
      if (to[i]) map.counts[to[i]]++;
      tile[p] = to[i];
    }
    transaction.extend(patch.index, patch.x0, y, patch.x1);
  }
  map.touched(patch.index);
}

/**
 * Replaces a whole tile by what the server or a merge says.
 * @param {LabelMap} map
 * @param {number} index
 * @param {Uint16Array | null} data TILE × TILE pixels; kept, not copied
 */
export function writeTile(map, index, data) {
  map.count(map.tiles[index], -1);
  map.count(data, 1);
  map.tiles[index] = data;
  map.touched(index);
}

/** @param {LabelMap} map @param {number} index @returns {Uint16Array} */
function writable(map, index) {
  return (map.tiles[index] ??= new Uint16Array(TILE_PIXELS));
}
