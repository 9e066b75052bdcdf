/** @import {LabelMap} from "./labelmap.js" */

/**
 * Runs cut up by what another labelling holds there: what a brush copies when it paints with the prediction.
 *
 * @param {LabelMap} layer
 * @param {ArrayLike<number>} runs triples y, x0, x1; may leave the image
 * @returns {Map<number, number[]>} runs by the id that the layer has there, without what it leaves unlabelled
 */
export function stencilRuns(layer, runs) {
  /** @type {Map<number, number[]>} */
  const parts = new Map();
  for (let i = 0; i < runs.length; i += 3) {
    const y = runs[i];
    if (y < 0 || y >= layer.height) continue;
    const end = Math.min(runs[i + 2], layer.width);
    for (let x = Math.max(runs[i + 1], 0); x < end;) {
      const stop = Math.min(end, (x | 255) + 1);
      const tile = layer.tile((y >> 8) * layer.tilesX + (x >> 8));
      if (tile) cutRow(tile, ((y & 255) << 8) - (x & ~255), y, x, stop, parts);
      x = stop;
    }
  }
  return parts;
}

/**
 * @param {Uint16Array} tile @param {number} offset from x to the pixel's place @param {number} y @param {number} x
 * @param {number} stop @param {Map<number, number[]>} parts
 */
function cutRow(tile, offset, y, x, stop, parts) {
  while (x < stop) {
    const id = tile[offset + x];
    const from = x;
    do x++;
    while (x < stop && tile[offset + x] === id);
    if (!id) continue;
    const part = parts.get(id);
    if (part) part.push(y, from, x);
    else parts.set(id, [y, from, x]);
  }
}
