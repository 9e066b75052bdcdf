/** @import {Runs} from "./runs.js" */
import { boxOf, boxRuns, RunList, subtractRuns } from "./runs.js";

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

/**
 * The earlier root wins, so that parts are numbered by their first run.
 * @param {Int32Array} parent @param {number} i @param {number} j
 */
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
 * The connected part of a set that holds a pixel.
 * @param {Runs} runs @param {number} x @param {number} y
 * @returns {Runs} empty when the pixel is not in the set
 */
export function partAt(runs, x, y) {
  const { part } = connect(runs);
  const list = new RunList();
  let wanted = -1;
  for (let i = 0; i < part.length; i++) {
    if (runs[3 * i] === y && runs[3 * i + 1] <= x && x < runs[3 * i + 2]) wanted = part[i];
  }
  for (let i = 0; i < part.length; i++) {
    if (part[i] === wanted) list.add(runs[3 * i], runs[3 * i + 1], runs[3 * i + 2]);
  }
  return list.take();
}
