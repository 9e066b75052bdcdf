/** @import {Runs} from "../runs.js" */
import { RunList, subtractRuns, uniteRuns } from "../runs.js";
import { withoutHoles, withoutSpecks } from "./coherence.js";

/**
 * @typedef {object} Pixels Part of an image.
 * @property {number} width
 * @property {number} height
 * @property {Uint32Array} data one RGBA word per pixel, red in the lowest byte
 */

/**
 * @typedef {object} WandOptions
 * @property {number} tolerance 0..100, in hundredths of black to white
 * @property {boolean} isContiguous only pixels that a path of edge-sharing ones joins to the first
 * @property {number} samplePx side of the square whose mean colour is looked for, odd
 * @property {number} grainPixels holes and specks of fewer pixels are smoothed away; 0 leaves them
 */

/** @typedef {import("../types.js").WandSeed & WandOptions} Seed */

/**
 * What several clicks come to, in their order: colours that belong, and colours that are taken away again.
 * @param {Pixels} pixels
 * @param {Seed[]} seeds
 * @returns {Runs}
 */
export function seedsRuns(pixels, seeds) {
  /** @type {Runs} */
  let runs = new Int32Array(0);
  for (const seed of seeds) {
    const found = wandRuns(pixels, seed.x, seed.y, seed);
    runs = seed.positive ? uniteRuns(runs, found) : subtractRuns(runs, found);
  }
  return runs;
}

/** A tolerance of 100 is the distance from black to white. */
const LARGEST_DISTANCE_SQUARED = 9 * 255 * 255;

/**
 * Pixels whose colour is close to the one clicked on. Colour distance is the "redmean" weighting of sRGB differences
 * (T. Riemersma, Colour metric): green counts double, red and blue by how red the two colours are. It follows what
 * the eye sees closely enough for a tool with a slider, at a cost of a few multiplications per pixel.
 *
 * @param {Pixels} pixels
 * @param {number} x integer pixel
 * @param {number} y
 * @param {WandOptions} options
 * @returns {Runs} empty when (x, y) is outside
 */
export function wandRuns(pixels, x, y, { tolerance, isContiguous, samplePx, grainPixels }) {
  const { width, height } = pixels;
  if (x < 0 || y < 0 || x >= width || y >= height) return new Int32Array(0);
  const alike = new Likeness(sampleAt(pixels, x, y, samplePx), tolerance);
  const inside = isContiguous ? flood(pixels, x, y, alike) : everywhere(pixels, alike);
  const runs = runsOfMask(inside, width, height);
  if (!grainPixels) return runs;
  return withoutHoles(isContiguous ? runs : withoutSpecks(runs, grainPixels), grainPixels, pixels);
}

/**
 * The mean colour of a square, as far as it lies in the picture.
 * @param {Pixels} pixels @param {number} x its middle @param {number} y @param {number} side odd
 * @returns {number} RGBA
 */
function sampleAt({ width, height, data }, x, y, side) {
  const half = side >> 1;
  const sums = [0, 0, 0];
  let count = 0;
  for (let row = Math.max(y - half, 0); row <= Math.min(y + half, height - 1); row++) {
    for (let column = Math.max(x - half, 0); column <= Math.min(x + half, width - 1); column++) {
      const color = data[row * width + column];
      sums.forEach((_, channel) => (sums[channel] += (color >> (8 * channel)) & 255));
      count++;
    }
  }
  return sums.reduce((color, sum, channel) => color | (Math.round(sum / count) << (8 * channel)), 0);
}

/** Squared distances to one given colour, split so that a pixel costs four look-ups. */
class Likeness {
  /** @param {number} seed RGBA @param {number} tolerance 0..100 */
  constructor(seed, tolerance) {
    this.limit = (tolerance / 100) ** 2 * LARGEST_DISTANCE_SQUARED;
    this.red = new Float64Array(256);
    this.green = new Float64Array(256);
    this.blue = new Float64Array(256);
    /** What the square of a difference in blue counts, by red. */
    this.blueWeight = new Float64Array(256);
    const [red, green, blue] = [seed & 255, (seed >> 8) & 255, (seed >> 16) & 255];
    for (let value = 0; value < 256; value++) {
      const mean = (value + red) / 2;
      this.red[value] = (2 + mean / 256) * (value - red) ** 2;
      this.green[value] = 4 * (value - green) ** 2;
      this.blue[value] = (value - blue) ** 2;
      this.blueWeight[value] = 2 + (255 - mean) / 256;
    }
  }

  /** @param {number} color RGBA */
  test(color) {
    const red = color & 255;
    const distance =
      this.red[red] + this.green[(color >> 8) & 255] + this.blueWeight[red] * this.blue[(color >> 16) & 255];
    return distance <= this.limit;
  }
}

const UNKNOWN = 0;
const OUTSIDE = 1;
const ALIKE = 2;
const INSIDE = 3;
let room = new Uint8Array(0);

/** A cleared byte per pixel; the room is kept, since a moving slider asks again and again. @param {number} size */
function clearMask(size) {
  if (room.length === size) room.fill(UNKNOWN);
  else room = new Uint8Array(size);
  return room;
}

/** Gives the room back when the picture goes. */
export function forgetRoom() {
  room = new Uint8Array(0);
}

/** @param {Pixels} pixels @param {Likeness} alike */
function everywhere({ width, height, data }, alike) {
  const mask = clearMask(width * height);
  for (let p = 0; p < mask.length; p++) if (alike.test(data[p])) mask[p] = INSIDE;
  return mask;
}

/**
 * Scan-line flood fill; each colour is looked at once.
 * @param {Pixels} pixels @param {number} x @param {number} y @param {Likeness} alike
 */
function flood({ width, height, data }, x, y, alike) {
  const mask = clearMask(width * height);
  let stack = new Int32Array(1 << 12);
  stack[0] = y * width + x;
  mask[stack[0]] = ALIKE;
  for (let depth = 1; depth > 0;) {
    const seed = stack[--depth];
    if (mask[seed] === INSIDE) continue;
    const rowStart = seed - (seed % width);
    const rowEnd = rowStart + width;
    let from = seed;
    while (from > rowStart && (mask[from - 1] === ALIKE || (mask[from - 1] === UNKNOWN && alike.test(data[from - 1]))))
      from--;
    let to = seed + 1;
    while (to < rowEnd && (mask[to] === ALIKE || (mask[to] === UNKNOWN && alike.test(data[to])))) to++;
    mask.fill(INSIDE, from, to);
    for (let side = 0; side < 2; side++) {
      if (side === 0 ? rowStart === 0 : rowEnd === mask.length) continue;
      const shift = side === 0 ? -width : width;
      let wasOpen = false;
      for (let p = from + shift; p < to + shift; p++) {
        let state = mask[p];
        if (state === UNKNOWN) mask[p] = state = alike.test(data[p]) ? ALIKE : OUTSIDE;
        const isOpen = state === ALIKE;
        if (isOpen && !wasOpen) {
          if (depth === stack.length) stack = grown(stack);
          stack[depth++] = p;
        }
        wasOpen = isOpen;
      }
    }
  }
  return mask;
}

/** @param {Int32Array<ArrayBuffer>} stack */
function grown(stack) {
  const larger = new Int32Array(stack.length * 2);
  larger.set(stack);
  return larger;
}

/** @param {Uint8Array} mask @param {number} width @param {number} height */
function runsOfMask(mask, width, height) {
  const list = new RunList();
  for (let y = 0; y < height; y++) {
    const start = y * width;
    const end = start + width;
    for (let p = start; p < end; p++) {
      if (mask[p] !== INSIDE) continue;
      const from = p;
      do p++;
      while (p < end && mask[p] === INSIDE);
      list.add(y, from - start, p - start);
    }
  }
  return list.take();
}
