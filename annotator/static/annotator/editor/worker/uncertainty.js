/** @import {Box} from "../shapes.js" */
import { connect } from "../parts.js";
import { RunList } from "../runs.js";

/** Entropy (0..255) from which on a pixel counts as uncertain, unless the image as a whole is surer than that. */
const UNCERTAIN_FROM = 96;
const LEAST_SHARE = 0.5;
/** Regions smaller than this share of the picture are noise along edges. */
const SMALLEST_SHARE = 0.0002;
const LONGEST_LIST = 100;

/**
 * Where a prediction is unsure, worst first: connected regions of high entropy, ranked by their sum of entropy.
 *
 * @param {{width: number, height: number, data: Uint8ClampedArray}} picture RGBA; entropy in the red byte
 * @param {{width: number, height: number}} image size in pixels that the boxes are scaled to
 * @returns {(Box & {score: number})[]} score: mean entropy of the region, 0..1
 */
export function uncertainRegions({ width, height, data }, image) {
  let largest = 0;
  for (let p = 0; p < data.length; p += 4) if (data[p] > largest) largest = data[p];
  const threshold = Math.max(1, Math.min(UNCERTAIN_FROM, largest * LEAST_SHARE));
  const list = new RunList();
  for (let y = 0, p = 0; y < height; y++) {
    for (let x = 0; x < width; x++, p += 4) if (data[p] >= threshold) list.add(y, x, x + 1);
  }
  const runs = list.take();
  const { part, count } = connect(runs);
  const found = Array.from({ length: count }, () => ({ x0: width, y0: height, x1: 0, y1: 0, sum: 0, pixels: 0 }));
  for (let run = 0; run < part.length; run++) {
    const [y, x0, x1] = runs.subarray(3 * run, 3 * run + 3);
    const region = found[part[run]];
    region.x0 = Math.min(region.x0, x0);
    region.x1 = Math.max(region.x1, x1);
    region.y0 = Math.min(region.y0, y);
    region.y1 = Math.max(region.y1, y + 1);
    region.pixels += x1 - x0;
    for (let x = x0; x < x1; x++) region.sum += data[4 * (y * width + x)];
  }
  const [scaleX, scaleY] = [image.width / width, image.height / height];
  return found
    .filter(({ pixels }) => pixels >= Math.max(1, SMALLEST_SHARE * width * height))
    .sort((a, b) => b.sum - a.sum)
    .slice(0, LONGEST_LIST)
    .map(({ x0, y0, x1, y1, sum, pixels }) => ({
      x0: Math.floor(x0 * scaleX),
      y0: Math.floor(y0 * scaleY),
      x1: Math.ceil(x1 * scaleX),
      y1: Math.ceil(y1 * scaleY),
      score: sum / pixels / 255,
    }));
}
