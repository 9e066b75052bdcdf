/** @import {LabelMap} from "./labelmap.js" */
/** @import {Box} from "./shapes.js" */
import { TILE } from "./tile.js";

/**
 * Reads every tile that may hold the segment: on large images that takes too long for the page's thread.
 * @param {Pick<LabelMap, "tile" | "has" | "packed" | "tileCount" | "tilesX">} map
 * @param {number} id of a segment
 * @returns {Box | null} its box in image pixels, end exclusive
 */
export function segmentBox(map, id) {
  const box = { x0: Infinity, y0: Infinity, x1: -1, y1: -1 };
  for (let index = 0; index < map.tileCount; index++) {
    if (!mayHold(map, index, id)) continue;
    const tile = map.tile(index);
    const first = tile?.indexOf(id) ?? -1;
    if (!tile || first < 0) continue;
    const [left, top] = [(index % map.tilesX) * TILE, Math.floor(index / map.tilesX) * TILE];
    const last = tile.lastIndexOf(id);
    box.y0 = Math.min(box.y0, top + (first >> 8));
    box.y1 = Math.max(box.y1, top + (last >> 8) + 1);
    for (let p = first; p <= last; p++) {
      if (tile[p] !== id) continue;
      box.x0 = Math.min(box.x0, left + (p & 255));
      box.x1 = Math.max(box.x1, left + (p & 255) + 1);
    }
  }
  return box.x1 > 0 ? box : null;
}

/**
 * Tiles that are packed tell what they hold without being opened.
 * @param {Pick<LabelMap, "has" | "packed">} map @param {number} index @param {number} id
 */
function mayHold(map, index, id) {
  const packed = map.packed.get(index);
  return packed ? packed.values.includes(id) : map.has(index);
}
