/** @import {LabelMap} from "./labelmap.js" */

/**
 * The 4-connected region of one segment id around a pixel, as row runs (scan-line flood fill).
 *
 * @param {Pick<LabelMap, "width" | "height" | "get">} map
 * @param {number} x integer pixel
 * @param {number} y
 * @returns {Int32Array} triples y, x0, x1 (x1 exclusive); empty when (x, y) is outside
 */
export function floodRuns(map, x, y) {
  if (x < 0 || y < 0 || x >= map.width || y >= map.height) return new Int32Array(0);
  const { width, height } = map;
  const wanted = map.get(x, y);
  const seen = new Uint8Array(Math.ceil((width * height) / 8));
  const isSeen = (/** @type {number} */ p) => seen[p >> 3] & (1 << (p & 7));
  /** @type {number[]} */
  const runs = [];
  const stack = [x, y];
  while (stack.length) {
    const cy = /** @type {number} */ (stack.pop());
    let x0 = /** @type {number} */ (stack.pop());
    if (isSeen(cy * width + x0)) continue;
    let x1 = x0 + 1;
    while (x0 > 0 && map.get(x0 - 1, cy) === wanted) x0--;
    while (x1 < width && map.get(x1, cy) === wanted) x1++;
    runs.push(cy, x0, x1);
    for (let p = cy * width + x0; p < cy * width + x1; p++) seen[p >> 3] |= 1 << (p & 7);
    for (const ny of [cy - 1, cy + 1]) {
      if (ny < 0 || ny >= height) continue;
      for (let nx = x0; nx < x1; nx++) {
        const isOpen = map.get(nx, ny) === wanted && !isSeen(ny * width + nx);
        if (isOpen && (nx === x0 || map.get(nx - 1, ny) !== wanted)) stack.push(nx, ny);
      }
    }
  }
  return Int32Array.from(runs);
}
