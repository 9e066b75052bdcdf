/** @import {Pixels} from "./wand.js" */

/**
 * Intelligent scissors (E. Mortensen, W. Barrett: Intelligent Scissors for Image Composition, SIGGRAPH 1995): the
 * cheapest path over a graph of pixels, where a step along an edge of the image costs little. Costs are integers and
 * the queue is an array of buckets, as in the paper, so that one window is searched in time linear in its pixels.
 */

/** Side of the window that is searched around an anchor. */
export const WINDOW_PX = 512;
/** Pixels that an anchor is pulled towards the strongest edge. */
const SNAP_PX = 4;
const ANCHOR_MARGIN_PX = 32;

/** Weights of the paper: zero crossing of the Laplacian, gradient direction, gradient magnitude. */
const WEIGHTS = { zeroCrossing: 0.43, direction: 0.43, magnitude: 0.14 };
/** A step along no edge at all costs this, so that costs are small integers. */
const COST_SCALE = 100;
const BUCKETS = 256;

const DIRECTION_COST = WEIGHTS.direction * COST_SCALE;

const STEP_X = Int32Array.of(-1, 1, 0, 0, -1, 1, -1, 1);
const STEP_Y = Int32Array.of(0, 0, -1, 1, -1, -1, 1, 1);
const LENGTHS = Float64Array.from(STEP_X, (x, step) => Math.hypot(x, STEP_Y[step]));
const UNIT_X = Float64Array.from(STEP_X, (x, step) => x / LENGTHS[step]);
const UNIT_Y = Float64Array.from(STEP_Y, (y, step) => y / LENGTHS[step]);

/**
 * @typedef {object} EdgeWindow What the search needs to know about a part of the image.
 * @property {number} left image pixels
 * @property {number} top
 * @property {number} width
 * @property {number} height
 * @property {Float32Array} gx unit gradient
 * @property {Float32Array} gy
 * @property {Uint8Array} local cost of a pixel without its direction, 0..COST_SCALE
 * @property {Float32Array} magnitude
 */

/** Finds paths along edges; keeps the search of the last anchor, so that a moving pointer only walks back. */
export class Livewire {
  /** @param {Pixels} pixels */
  constructor(pixels) {
    this.pixels = pixels;
    /** @type {{from: string, paths: PathSearch} | null} */
    this.search = null;
  }

  /**
   * The path along edges between two pixels. Where they are further apart than the window, the rest is straight.
   * @param {[number, number]} from
   * @param {[number, number]} to
   * @returns {[number, number][]} pixels, both ends included
   */
  trace(from, to) {
    const start = this.clamped(from);
    const end = this.clamped(to);
    if (this.pixels.width < 3 || this.pixels.height < 3) return [start, end];
    const paths = this.searchFrom(start, end);
    const { left, top, width } = paths.window;
    const target = paths.indexOf(end[0] - left, end[1] - top);
    paths.reach(target);
    /** @type {[number, number][]} */
    const path = [];
    for (let p = target; p >= 0; p = paths.cameFrom[p]) path.push([left + (p % width), top + Math.floor(p / width)]);
    if (path[path.length - 1].join() !== start.join()) path.push(start);
    path.reverse();
    if (path[path.length - 1].join() !== end.join()) path.push(end);
    return path;
  }

  /**
   * The pixel with the strongest edge near a click.
   * @param {[number, number]} point
   * @returns {[number, number]}
   */
  snap(point) {
    const [x, y] = this.clamped(point);
    const { width, height } = this.pixels;
    const area = edgeWindow(this.pixels, {
      x0: Math.max(x - SNAP_PX, 0),
      y0: Math.max(y - SNAP_PX, 0),
      x1: Math.min(x + SNAP_PX + 1, width),
      y1: Math.min(y + SNAP_PX + 1, height),
    });
    let best = (y - area.top) * area.width + (x - area.left);
    for (let p = 0; p < area.magnitude.length; p++) if (area.magnitude[p] > area.magnitude[best]) best = p;
    return [area.left + (best % area.width), area.top + Math.floor(best / area.width)];
  }

  /** @param {[number, number]} point @returns {[number, number]} */
  clamped([x, y]) {
    const { width, height } = this.pixels;
    return [Math.min(Math.max(Math.round(x), 0), width - 1), Math.min(Math.max(Math.round(y), 0), height - 1)];
  }

  /** @param {[number, number]} start @param {[number, number]} end @returns {PathSearch} */
  searchFrom(start, end) {
    const from = start.join();
    const known = this.search?.from === from ? this.search.paths : null;
    if (known && (contains(known.window, end) || !this.wouldMove(known.window, start, end))) return known;
    const window = edgeWindow(this.pixels, this.windowFor(start, end));
    const paths = new PathSearch(window, start[0] - window.left, start[1] - window.top);
    this.search = { from, paths };
    return paths;
  }

  /**
   * Whether another window would come nearer to the end.
   * @param {EdgeWindow} window @param {[number, number]} start @param {[number, number]} end
   */
  wouldMove(window, start, end) {
    const next = this.windowFor(start, end);
    return next.x0 !== window.left || next.y0 !== window.top;
  }

  /**
   * A window that holds the anchor and leans towards the pointer.
   * @param {[number, number]} start @param {[number, number]} end
   */
  windowFor(start, end) {
    const { width, height } = this.pixels;
    const lean = (/** @type {number} */ a, /** @type {number} */ b, /** @type {number} */ size) => {
      const side = Math.min(WINDOW_PX, size);
      const middle = (a + b) / 2 - side / 2;
      const low = a - side + Math.min(ANCHOR_MARGIN_PX, side);
      const high = a - Math.min(ANCHOR_MARGIN_PX, side - 1);
      // In steps of an eighth of the window: a pointer that goes on does not ask for a new search at every pixel.
      const wanted = Math.round(middle / (WINDOW_PX / 8)) * (WINDOW_PX / 8);
      return Math.min(Math.max(Math.min(Math.max(wanted, low), high), 0), size - side);
    };
    const x0 = lean(start[0], end[0], width);
    const y0 = lean(start[1], end[1], height);
    return { x0, y0, x1: x0 + Math.min(WINDOW_PX, width), y1: y0 + Math.min(WINDOW_PX, height) };
  }
}

/** @param {EdgeWindow} window @param {[number, number]} point */
function contains({ left, top, width, height }, [x, y]) {
  return x >= left && y >= top && x < left + width && y < top + height;
}

/**
 * Edges of a part of the image: Sobel gradient and Laplacian of its luminance.
 * @param {Pixels} pixels
 * @param {import("../shapes.js").Box} box
 * @returns {EdgeWindow}
 */
export function edgeWindow(pixels, { x0, y0, x1, y1 }) {
  const [width, height] = [x1 - x0, y1 - y0];
  const size = width * height;
  const grey = luminance(pixels, x0, y0, width, height);
  const stride = width + 4;
  const gx = new Float32Array(size);
  const gy = new Float32Array(size);
  const magnitude = new Float32Array(size);
  const laplacian = new Float32Array(size);
  let largest = 1;
  for (let y = 0, p = 0; y < height; y++) {
    for (let x = 0; x < width; x++, p++) {
      const g = (y + 2) * stride + x + 2;
      const [above, below] = [g - stride, g + stride];
      const dx = sobel(grey, above + 1, g + 1, below + 1) - sobel(grey, above - 1, g - 1, below - 1);
      const dy = sobel(grey, below - 1, below, below + 1) - sobel(grey, above - 1, above, above + 1);
      const strength = Math.sqrt(dx * dx + dy * dy);
      magnitude[p] = strength;
      if (strength > largest) largest = strength;
      gx[p] = strength ? dx / strength : 0;
      gy[p] = strength ? dy / strength : 0;
      laplacian[p] = 4 * grey[g] - grey[above] - grey[below] - grey[g - 1] - grey[g + 1];
    }
  }
  const local = localCosts(laplacian, magnitude, largest, width);
  return { left: x0, top: y0, width, height, gx, gy, local, magnitude };
}

/** @param {Float32Array} grey @param {number} a @param {number} b @param {number} c */
function sobel(grey, a, b, c) {
  return grey[a] + 2 * grey[b] + grey[c];
}

/**
 * A pixel's part of the cost.
 * @param {Float32Array} laplacian @param {Float32Array} magnitude @param {number} largest @param {number} width
 */
function localCosts(laplacian, magnitude, largest, width) {
  const local = new Uint8Array(laplacian.length);
  for (let p = 0; p < local.length; p++) {
    const isCrossing =
      isZeroCrossing(laplacian, p, p + 1) ||
      isZeroCrossing(laplacian, p, p - 1) ||
      isZeroCrossing(laplacian, p, p + width) ||
      isZeroCrossing(laplacian, p, p - width);
    const cost = WEIGHTS.zeroCrossing * (isCrossing ? 0 : 1) + WEIGHTS.magnitude * (1 - magnitude[p] / largest);
    local[p] = Math.round(cost * COST_SCALE);
  }
  return local;
}

/**
 * Of two neighbours on both sides of zero, the one nearer to it.
 * @param {Float32Array} laplacian @param {number} p @param {number} q
 */
function isZeroCrossing(laplacian, p, q) {
  if (q < 0 || q >= laplacian.length) return false;
  const [a, b] = [laplacian[p], laplacian[q]];
  return ((a > 0 && b < 0) || (a < 0 && b > 0)) && Math.abs(a) <= Math.abs(b);
}

/**
 * Grey values of a box and two pixels around it, smoothed by a 3 × 3 binomial filter against noise; the image's edge
 * is repeated outwards.
 * @param {Pixels} pixels @param {number} left @param {number} top @param {number} width @param {number} height
 */
function luminance({ width: imageWidth, height: imageHeight, data }, left, top, width, height) {
  const [w, h] = [width + 4, height + 4];
  const raw = new Float32Array(w * h);
  for (let y = 0; y < h; y++) {
    const row = Math.min(Math.max(top + y - 2, 0), imageHeight - 1) * imageWidth;
    for (let x = 0; x < w; x++) {
      const color = data[row + Math.min(Math.max(left + x - 2, 0), imageWidth - 1)];
      raw[y * w + x] = 0.299 * (color & 255) + 0.587 * ((color >> 8) & 255) + 0.114 * ((color >> 16) & 255);
    }
  }
  const smooth = new Float32Array(w * h);
  for (let y = 0; y < h; y++) {
    const [up, down] = [Math.max(y - 1, 0) * w, Math.min(y + 1, h - 1) * w];
    for (let x = 0; x < w; x++) {
      const [l, r] = [Math.max(x - 1, 0), Math.min(x + 1, w - 1)];
      const middle = raw[y * w + l] + 2 * raw[y * w + x] + raw[y * w + r];
      const above = raw[up + l] + 2 * raw[up + x] + raw[up + r];
      const below = raw[down + l] + 2 * raw[down + x] + raw[down + r];
      smooth[y * w + x] = (above + 2 * middle + below) / 16;
    }
  }
  return smooth;
}

/**
 * Dijkstra's algorithm over a window with eight neighbours, as far as it was asked for. The outermost pixels of the
 * window are not walked on.
 */
export class PathSearch {
  /** @param {EdgeWindow} window @param {number} startX in the window @param {number} startY */
  constructor(window, startX, startY) {
    /** @type {EdgeWindow} */
    this.window = window;
    const { width, height } = window;
    const size = width * height;
    this.cost = new Int32Array(size).fill(0x7fffffff);
    /** For each pixel the one before it on the cheapest path from the start; -1 at the start. */
    this.cameFrom = new Int32Array(size).fill(-1);
    this.isDone = new Uint8Array(size);
    for (let x = 0; x < width; x++) this.isDone[x] = this.isDone[size - 1 - x] = 1;
    for (let y = 0; y < height; y++) this.isDone[y * width] = this.isDone[(y + 1) * width - 1] = 1;
    this.shifts = Int32Array.from({ length: 8 }, (_, step) => STEP_Y[step] * width + STEP_X[step]);
    this.queue = new BucketQueue(size);
    const start = this.indexOf(startX, startY);
    this.cost[start] = 0;
    this.queue.push(start, 0);
  }

  /** The pixel nearest to (x, y) that may be walked on. @param {number} x @param {number} y @returns {number} */
  indexOf(x, y) {
    const { width, height } = this.window;
    return Math.min(Math.max(y, 1), height - 2) * width + Math.min(Math.max(x, 1), width - 2);
  }

  /** Searches on until the cheapest path to a pixel is known. @param {number} target */
  reach(target) {
    const { queue, isDone } = this;
    while (!isDone[target]) {
      const p = queue.pop();
      if (p < 0) return;
      if (isDone[p]) continue;
      isDone[p] = 1;
      this.relax(p);
    }
  }

  /** @param {number} p */
  relax(p) {
    const { cost, cameFrom, isDone, shifts, queue } = this;
    const { gx, gy, local } = this.window;
    for (let step = 0; step < 8; step++) {
      const q = p + shifts[step];
      if (isDone[q]) continue;
      const [dx, dy] = [UNIT_X[step], UNIT_Y[step]];
      // The edge runs at right angles to the gradient; the cost is the paper's f_D, 0 along the edge.
      const alongP = gy[p] * dx - gx[p] * dy;
      const alongQ = gy[q] * dx - gx[q] * dy;
      const along = alongP < 0 ? -alongP - alongQ : alongP + alongQ;
      const turn = along < 0 ? DIRECTION_COST : DIRECTION_COST * (1 - along / 2);
      const total = cost[p] + 1 + ((LENGTHS[step] * (local[q] + turn) + 0.5) | 0);
      if (total >= cost[q]) continue;
      cost[q] = total;
      cameFrom[q] = p;
      queue.push(q, total);
    }
  }
}

/** Dial's queue: entries in buckets by cost modulo the number of buckets; no step may cost more than that. */
class BucketQueue {
  /** @param {number} size pixels */
  constructor(size) {
    this.heads = new Int32Array(BUCKETS).fill(-1);
    this.entries = new Int32Array(size * 4);
    this.following = new Int32Array(size * 4);
    this.length = 0;
    this.current = 0;
    this.waiting = 0;
    this.free = -1;
  }

  /** @param {number} pixel @param {number} cost */
  push(pixel, cost) {
    let slot = this.free;
    if (slot >= 0) this.free = this.following[slot];
    else {
      if (this.length === this.entries.length) this.grow();
      slot = this.length++;
    }
    const bucket = cost % BUCKETS;
    this.entries[slot] = pixel;
    this.following[slot] = this.heads[bucket];
    this.heads[bucket] = slot;
    this.waiting++;
  }

  /** @returns {number} the cheapest pixel, -1 when none is left */
  pop() {
    if (!this.waiting) return -1;
    while (this.heads[this.current] < 0) this.current = (this.current + 1) % BUCKETS;
    const slot = this.heads[this.current];
    this.heads[this.current] = this.following[slot];
    this.following[slot] = this.free;
    this.free = slot;
    this.waiting--;
    return this.entries[slot];
  }

  grow() {
    for (const name of /** @type {const} */ (["entries", "following"])) {
      const larger = new Int32Array(this[name].length * 2);
      larger.set(this[name]);
      this[name] = larger;
    }
  }
}
