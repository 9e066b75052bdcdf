/** @import {LabelMap} from "../labelmap.js" */
/** @import {Box} from "./image_levels.js" */
/** @import {LabelStyle} from "./palette.js" */
import { HATCH_SHIFT, SELECTED, VISIBLE } from "./palette.js";

/** Every eighth diagonal of unlabelled pixels is drawn. */
const HATCH_PERIOD = 8;

/**
 * Labels as a small canvas, for browsers without WebGL2.
 * @param {LabelMap} map @param {Uint8Array} palette @param {LabelStyle} style
 * @param {Box} box image pixels @param {number} step every so many pixels one is taken
 */
export function paintLabels(map, palette, style, box, step) {
  return paint(map, box, step, (pixels, p, id, isEdge, x, y) => {
    if (id === 0) {
      if (style.isUnlabelledShown && (x + y) % HATCH_PERIOD === 0) pixels.set([255, 255, 255, 110], p);
      return;
    }
    const flags = palette[id * 4 + 3];
    if (!(flags & VISIBLE)) return;
    if (isEdge && flags & SELECTED) return pixels.set([255, 255, 255, 255], p);
    const isStriped = flags >> HATCH_SHIFT && (x + (flags >> HATCH_SHIFT) * y) % HATCH_PERIOD < 2;
    pixels.set(palette.subarray(id * 4, id * 4 + 3), p);
    pixels[p + 3] = isEdge ? 255 : Math.min(255, style.opacity * (isStriped ? 1.6 : 1) * 255);
  });
}

/**
 * A proposal as a small canvas.
 * @param {LabelMap} map @param {[number, number, number]} color @param {Box} box image pixels @param {number} step
 */
export function paintPreview(map, color, box, step) {
  return paint(map, box, step, (pixels, p, id, isEdge, x, y) => {
    if (id === 0) return;
    if (isEdge) return pixels.set([255, 255, 255, 255], p);
    pixels.set(color, p);
    pixels[p + 3] = (x + y) % HATCH_PERIOD < HATCH_PERIOD / 2 ? 190 : 75;
  });
}

/**
 * @param {LabelMap} map @param {Box} box @param {number} step
 * @param {(pixels: Uint8ClampedArray, p: number, id: number, isEdge: boolean, x: number, y: number) => void} color
 */
function paint(map, box, step, color) {
  const [width, height] = [(box.x1 - box.x0) / step, (box.y1 - box.y0) / step];
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let row = 0; row < height; row++) {
    const y = box.y0 + row * step;
    for (let column = 0; column < width; column++) {
      const x = box.x0 + column * step;
      if (x >= map.width || y >= map.height) continue;
      const id = map.get(x, y);
      const isEdge =
        map.get(x + step, y) !== id ||
        map.get(x, y + step) !== id ||
        map.get(x - step, y) !== id ||
        map.get(x, y - step) !== id;
      color(pixels, (row * width + column) * 4, id, isEdge, column, row);
    }
  }
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d")?.putImageData(new ImageData(pixels, width, height), 0, 0);
  return canvas;
}
