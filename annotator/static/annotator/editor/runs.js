/**
 * Sets of pixels as row runs and their algebra. A set is *tidy* when its triples y, x0, x1 (x1 exclusive) rise by row
 * and column and no two runs of a row touch; everything here takes and returns tidy sets.
 *
 * @typedef {Int32Array} Runs
 */

const FIRST_ROOM = 1 << 10;

/** Collects runs in rising order; runs that touch are joined. */
export class RunList {
  /** @param {number} [room] runs that it holds at first */
  constructor(room = FIRST_ROOM) {
    this.data = new Int32Array(room * 3);
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
      const nextA = hasA ? a[inA ? i + 2 : i + 1] : Infinity;
      const nextB = hasB ? b[inB ? j + 2 : j + 1] : Infinity;
      const next = Math.min(nextA, nextB);
      if (inA && inB ? keepsBoth : (inA && keepsA) || (inB && keepsB)) list.add(y, x, next);
      x = next;
      if (hasA && a[i + 2] <= x) i += 3;
      if (hasB && b[j + 2] <= x) j += 3;
    }
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
