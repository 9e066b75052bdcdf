/** @import {Box} from "../shapes.js" */
/** @import {Runs} from "../runs.js" */
import { connect } from "../parts.js";
import { boxOf, RunList } from "../runs.js";

/**
 * A set of a picture's pixels without what grain leaves in it: holes of fewer pixels are filled.
 *
 * @param {Runs} runs
 * @param {number} pixels
 * @param {{width: number, height: number}} picture what its edge cuts off is a hole too
 * @returns {Runs}
 */
export function withoutHoles(runs, pixels, { width, height }) {
  const box = boxOf(runs);
  if (!box) return runs;
  const gaps = gapsOf(runs, box);
  const { part, count } = connect(gaps);
  const sizes = sizesOf(gaps, part, count);
  // One that leads out is no hole, however small.
  for (let i = 0; i < part.length; i++) {
    const [y, x0, x1] = [gaps[3 * i], gaps[3 * i + 1], gaps[3 * i + 2]];
    const leadsOut =
      (y === box.y0 && y > 0) ||
      (y === box.y1 - 1 && y < height - 1) ||
      (x0 === box.x0 && x0 > 0) ||
      (x1 === box.x1 && x1 < width);
    if (leadsOut) sizes[part[i]] = pixels;
  }
  const list = new RunList();
  let next = 0;
  for (let i = 0; i < part.length; i++) {
    if (sizes[part[i]] >= pixels) continue;
    const [y, x0] = [gaps[3 * i], gaps[3 * i + 1]];
    next = addUpTo(list, runs, next, y, x0);
    list.add(y, x0, gaps[3 * i + 2]);
  }
  addUpTo(list, runs, next, Infinity, 0);
  return list.take();
}

/**
 * Without its connected parts of fewer pixels.
 * @param {Runs} runs @param {number} pixels
 * @returns {Runs}
 */
export function withoutSpecks(runs, pixels) {
  const { part, count } = connect(runs);
  const sizes = sizesOf(runs, part, count);
  const list = new RunList();
  for (let i = 0; i < part.length; i++) {
    if (sizes[part[i]] >= pixels) list.add(runs[3 * i], runs[3 * i + 1], runs[3 * i + 2]);
  }
  return list.take();
}

/**
 * What is left of a box beside a set in it.
 * @param {Runs} runs @param {Box} box
 * @returns {Runs}
 */
function gapsOf(runs, box) {
  const list = new RunList();
  let i = 0;
  for (let y = box.y0; y < box.y1; y++) {
    let x = box.x0;
    for (; i < runs.length && runs[i] === y; i += 3) {
      if (runs[i + 1] > x) list.add(y, x, runs[i + 1]);
      x = runs[i + 2];
    }
    if (x < box.x1) list.add(y, x, box.x1);
  }
  return list.take();
}

/** @param {Runs} runs @param {Int32Array} part @param {number} count */
function sizesOf(runs, part, count) {
  const sizes = new Int32Array(count);
  for (let i = 0; i < part.length; i++) sizes[part[i]] += runs[3 * i + 2] - runs[3 * i + 1];
  return sizes;
}

/**
 * Copies the runs before a place.
 * @param {RunList} list @param {Runs} runs @param {number} from @param {number} y @param {number} x
 * @returns {number} where the rest begins
 */
function addUpTo(list, runs, from, y, x) {
  let i = from;
  for (; i < runs.length && (runs[i] < y || (runs[i] === y && runs[i + 1] < x)); i += 3) {
    list.add(runs[i], runs[i + 1], runs[i + 2]);
  }
  return i;
}
