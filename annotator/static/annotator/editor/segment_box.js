/** @import {LabelMap} from "./labelmap.js" */

const SIDE = 256;

/**
 * @param {Pick<LabelMap, "tile" | "tileCount" | "tilesX">} map
 * @param {number} id of a segment
 * @returns {{x0: number, y0: number, x1: number, y1: number} | null} its box in image pixels, end exclusive
 */
export function segmentBox(map, id) {
  const box = { x0: Infinity, y0: Infinity, x1: -1, y1: -1 };
  for (let index = 0; index < map.tileCount; index++) {
    const tile = map.tile(index);
    const first = tile?.indexOf(id) ?? -1;
    if (!tile || first < 0) continue;
    const [left, top] = [(index % map.tilesX) * SIDE, Math.floor(index / map.tilesX) * SIDE];
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
