/**
 * Sets of pixels as row runs and their algebra. A set is *tidy* when its triples y, x0, x1 (x1 exclusive) rise by row
 * and column and no two runs of a row touch; everything here takes and returns tidy sets.
 *
 * @typedef {Int32Array} Runs
 */

const FIRST_ROOM = 1 << 10;

/** Collects runs in rising order; runs that touch are joined. */
export class RunList {
  constructor() {
    this.data = new Int32Array(FIRST_ROOM * 3);
    this.length = 0;
  }

  /** @param {number} y @param {number} x0 @param {number} x1 exclusive */
  add(y, x0, x1) {
    const { data, length } = this;
    if (length && data[length - 3] === y && data[length - 1] >= x0) {
      if (x1 > data[length - 1]) data[length - 1] = x1;
      return;
    }
    if (length === data.length) {
      this.data = new Int32Array(length * 2);
      this.data.set(data);
    }
    this.data[length] = y;
    this.data[length + 1] = x0;
    this.data[length + 2] = x1;
    this.length += 3;
  }

  /** @returns {Runs} a copy that owns its memory, so that a worker can give it away */
  take() {
    return this.data.slice(0, this.length);
  }
}

/**
 * Any runs as a tidy set.
 * @param {ArrayLike<number>} runs triples in any order, overlapping or not
 * @returns {Runs}
 */
export function tidyRuns(runs) {
  const order = Array.from({ length: runs.length / 3 }, (_, i) => 3 * i);
  order.sort((a, b) => runs[a] - runs[b] || runs[a + 1] - runs[b + 1]);
  const list = new RunList();
  for (const i of order) if (runs[i + 2] > runs[i + 1]) list.add(runs[i], runs[i + 1], runs[i + 2]);
  return list.take();
}

/** @param {ArrayLike<number>} runs @returns {boolean} whether they rise by row and column */
export function isTidy(runs) {
  for (let i = 3; i < runs.length; i += 3) {
    if (runs[i] < runs[i - 3] || (runs[i] === runs[i - 3] && runs[i + 1] < runs[i - 1])) return false;
  }
  return true;
}

/** @param {ArrayLike<number>} runs @returns {number} pixels */
export function areaOf(runs) {
  let area = 0;
  for (let i = 0; i < runs.length; i += 3) area += runs[i + 2] - runs[i + 1];
  return area;
}

/** @param {ArrayLike<number>} runs @returns {import("./shapes.js").Box | null} null when there are none */
export function boxOf(runs) {
  if (!runs.length) return null;
  const box = { x0: Infinity, y0: Infinity, x1: -Infinity, y1: -Infinity };
  for (let i = 0; i < runs.length; i += 3) {
    if (runs[i] < box.y0) box.y0 = runs[i];
    if (runs[i] >= box.y1) box.y1 = runs[i] + 1;
    if (runs[i + 1] < box.x0) box.x0 = runs[i + 1];
    if (runs[i + 2] > box.x1) box.x1 = runs[i + 2];
  }
  return box;
}

/** Every pixel of a box. @param {import("./shapes.js").Box} box @returns {Runs} */
export function boxRuns({ x0, y0, x1, y1 }) {
  const list = new RunList();
  if (x1 > x0) for (let y = y0; y < y1; y++) list.add(y, x0, x1);
  return list.take();
}

/** Moves a set, in place. @param {Runs} runs @param {number} dx @param {number} dy @returns {Runs} the same */
export function shiftRuns(runs, dx, dy) {
  for (let i = 0; i < runs.length; i += 3) {
    runs[i] += dy;
    runs[i + 1] += dx;
    runs[i + 2] += dx;
  }
  return runs;
}

/** @param {Runs} a @param {Runs} b */
export const uniteRuns = (a, b) => combine(a, b, true, true, true);
/** @param {Runs} a @param {Runs} b */
export const intersectRuns = (a, b) => combine(a, b, false, false, true);
/** @param {Runs} a @param {Runs} b what is taken away */
export const subtractRuns = (a, b) => combine(a, b, true, false, false);

/**
 * @param {Runs} a @param {Runs} b
 * @param {boolean} keepsA whether pixels only in a stay @param {boolean} keepsB @param {boolean} keepsBoth
 * @returns {Runs}
 */
function combine(a, b, keepsA, keepsB, keepsBoth) {
  const list = new RunList();
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const y = Math.min(i < a.length ? a[i] : Infinity, j < b.length ? b[j] : Infinity);
    let x = -Infinity;
    while (true) {
      const hasA = i < a.length && a[i] === y;
      const hasB = j < b.length && b[j] === y;
      if (!hasA && !hasB) break;
      const inA = hasA && a[i + 1] <= x;
      const inB = hasB && b[j + 1] <= x;
      const next = Math.min(hasA ? (inA ? a[i + 2] : a[i + 1]) : Infinity, hasB ? (inB ? b[j + 2] : b[j + 1]) : Infinity);
      if (inA && inB ? keepsBoth : (inA && keepsA) || (inB && keepsB)) list.add(y, x, next);
      x = next;
      if (hasA && a[i + 2] <= x) i += 3;
      if (hasB && b[j + 2] <= x) j += 3;
    }
  }
  return list.take();
}

/**
 * Pixels within a distance of a set: those whose centre is at most `radius` from the centre of one of its pixels.
 * @param {Runs} runs
 * @param {number} radius pixels, an integer
 * @param {import("./shapes.js").Box} bounds what lies outside is left out
 * @returns {Runs}
 */
export function dilateRuns(runs, radius, bounds) {
  const box = boxOf(runs);
  const list = new RunList();
  if (!box) return list.take();
  const reach = Array.from({ length: radius + 1 }, (_, dy) => Math.floor(Math.sqrt(radius * radius - dy * dy)));
  const rows = firstOfRows(runs, box);
  const width = bounds.x1 - bounds.x0;
  const steps = new Int32Array(width + 1);
  for (let y = Math.max(box.y0 - radius, bounds.y0); y < Math.min(box.y1 + radius, bounds.y1); y++) {
    const [top, bottom] = [Math.max(y - radius, box.y0), Math.min(y + radius, box.y1 - 1)];
    for (let row = top; row <= bottom; row++) {
      const half = reach[Math.abs(row - y)];
      for (let i = rows[row - box.y0]; i < rows[row - box.y0 + 1]; i += 3) {
        const x0 = Math.max(runs[i + 1] - half - bounds.x0, 0);
        const x1 = Math.min(runs[i + 2] + half - bounds.x0, width);
        if (x1 <= x0) continue;
        steps[x0]++;
        steps[x1]--;
      }
    }
    emptyInto(list, steps, y, bounds.x0);
  }
  return list.take();
}

/**
 * Pixels that stay when a set shrinks by a distance. Beyond the bounds of the image nothing eats into it.
 * @param {Runs} runs
 * @param {number} radius pixels, an integer
 * @param {import("./shapes.js").Box} bounds of the image
 * @returns {Runs}
 */
export function erodeRuns(runs, radius, bounds) {
  const box = boxOf(runs);
  if (!box) return runs;
  const around = {
    x0: Math.max(box.x0 - radius, bounds.x0),
    y0: Math.max(box.y0 - radius, bounds.y0),
    x1: Math.min(box.x1 + radius, bounds.x1),
    y1: Math.min(box.y1 + radius, bounds.y1),
  };
  return subtractRuns(runs, dilateRuns(subtractRuns(boxRuns(around), runs), radius, around));
}

/** Where each row of the box begins in the runs, and one entry for the end. @param {Runs} runs @param {import("./shapes.js").Box} box */
function firstOfRows(runs, box) {
  const rows = new Int32Array(box.y1 - box.y0 + 1);
  let i = 0;
  for (let y = box.y0; y < box.y1; y++) {
    rows[y - box.y0] = i;
    while (i < runs.length && runs[i] === y) i += 3;
  }
  rows[box.y1 - box.y0] = i;
  return rows;
}

/** Turns a row's steps up and down into runs, and clears them. @param {RunList} list @param {Int32Array} steps @param {number} y @param {number} left */
function emptyInto(list, steps, y, left) {
  let depth = 0;
  let start = 0;
  for (let x = 0; x < steps.length; x++) {
    const step = steps[x];
    if (!step) continue;
    steps[x] = 0;
    if (!depth) start = x;
    depth += step;
    if (!depth) list.add(y, left + start, left + x);
  }
}

/**
 * The connected parts of a set, by rows that overlap (union-find over runs; He, Chao, Suzuki, 2008). Two pixels are
 * connected when they share an edge.
 *
 * @param {Runs} runs
 * @returns {Runs[]} in the order of their first pixel
 */
export function partsOf(runs) {
  const { part, count } = connect(runs);
  const sizes = new Int32Array(count);
  for (const index of part) sizes[index] += 3;
  const parts = Array.from(sizes, (size) => new Int32Array(size));
  const filled = new Int32Array(count);
  for (let run = 0; run < part.length; run++) {
    const index = part[run];
    parts[index].set(runs.subarray(3 * run, 3 * run + 3), filled[index]);
    filled[index] += 3;
  }
  return parts;
}

/**
 * @param {Runs} runs
 * @returns {{part: Int32Array, count: number}} the part that each run belongs to
 */
export function connect(runs) {
  const total = runs.length / 3;
  const parent = new Int32Array(total);
  for (let i = 0; i < total; i++) parent[i] = i;
  let above = 0;
  for (let i = 0; i < total; i++) {
    const [y, x0, x1] = [runs[3 * i], runs[3 * i + 1], runs[3 * i + 2]];
    while (above < i && (runs[3 * above] < y - 1 || (runs[3 * above] === y - 1 && runs[3 * above + 2] <= x0))) above++;
    for (let j = above; j < i && runs[3 * j] === y - 1 && runs[3 * j + 1] < x1; j++) join(parent, i, j);
  }
  let count = 0;
  const part = new Int32Array(total);
  for (let i = 0; i < total; i++) {
    const root = rootOf(parent, i);
    part[i] = root === i ? count++ : part[root];
  }
  return { part, count };
}

/** @param {Int32Array} parent @param {number} i */
function rootOf(parent, i) {
  while (parent[i] !== i) {
    parent[i] = parent[parent[i]];
    i = parent[i];
  }
  return i;
}

/** The earlier root wins, so that parts are numbered by their first run. @param {Int32Array} parent @param {number} i @param {number} j */
function join(parent, i, j) {
  const [a, b] = [rootOf(parent, i), rootOf(parent, j)];
  if (a < b) parent[b] = a;
  else if (b < a) parent[a] = b;
}

/**
 * What a set encloses: background that no path of edge-sharing pixels leads out of.
 * @param {Runs} runs
 * @returns {Runs}
 */
export function holesOf(runs) {
  const box = boxOf(runs);
  if (!box) return runs;
  const outside = subtractRuns(boxRuns(box), runs);
  const { part, count } = connect(outside);
  const isOpen = new Uint8Array(count);
  for (let run = 0; run < part.length; run++) {
    const [y, x0, x1] = outside.subarray(3 * run, 3 * run + 3);
    if (y === box.y0 || y === box.y1 - 1 || x0 === box.x0 || x1 === box.x1) isOpen[part[run]] = 1;
  }
  const list = new RunList();
  for (let run = 0; run < part.length; run++) {
    if (!isOpen[part[run]]) list.add(outside[3 * run], outside[3 * run + 1], outside[3 * run + 2]);
  }
  return list.take();
}

/**
 * A line that cuts: its pixels share edges, so that no path of edge-sharing pixels crosses it.
 * @param {ArrayLike<number>[]} points x, y in continuous image coordinates
 * @returns {Runs}
 */
export function lineRuns(points) {
  /** @type {number[]} */
  const runs = [];
  for (let i = 0; i + 1 < points.length; i++) {
    let [x, y] = [Math.floor(points[i][0]), Math.floor(points[i][1])];
    const [endX, endY] = [Math.floor(points[i + 1][0]), Math.floor(points[i + 1][1])];
    const [stepX, stepY] = [Math.sign(endX - x), Math.sign(endY - y)];
    const [width, height] = [Math.abs(endX - x), Math.abs(endY - y)];
    runs.push(y, x, x + 1);
    for (let [nx, ny] = [0, 0]; nx < width || ny < height;) {
      if ((1 + 2 * nx) * height < (1 + 2 * ny) * width || ny === height) {
        x += stepX;
        nx++;
      } else {
        y += stepY;
        ny++;
      }
      runs.push(y, x, x + 1);
    }
  }
  return tidyRuns(runs);
}
