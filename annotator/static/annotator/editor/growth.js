/** @import {Box} from "./shapes.js" */
/** @import {Runs} from "./runs.js" */
import { boxOf, boxRuns, RunList, subtractRuns } from "./runs.js";

/**
 * Pixels within a distance of a set: those whose centre is at most `radius` from the centre of one of its pixels.
 * @param {Runs} runs
 * @param {number} radius pixels, an integer
 * @param {Box} bounds what lies outside is left out
 * @returns {Runs}
 */
export function dilateRuns(runs, radius, bounds) {
  const box = boxOf(runs);
  const list = new RunList();
  if (!box) return list.take();
  const reach = Array.from({ length: radius + 1 }, (_, dy) => Math.floor(Math.sqrt(radius * radius - dy * dy)));
  const rows = firstOfRows(runs, box);
  const left = Math.max(box.x0 - radius, bounds.x0);
  const width = Math.max(0, Math.min(box.x1 + radius, bounds.x1) - left);
  const steps = new Int32Array(width + 1);
  for (let y = Math.max(box.y0 - radius, bounds.y0); y < Math.min(box.y1 + radius, bounds.y1); y++) {
    const [top, bottom] = [Math.max(y - radius, box.y0), Math.min(y + radius, box.y1 - 1)];
    for (let row = top; row <= bottom; row++) {
      const half = reach[Math.abs(row - y)];
      for (let i = rows[row - box.y0]; i < rows[row - box.y0 + 1]; i += 3) {
        const x0 = Math.max(runs[i + 1] - half - left, 0);
        const x1 = Math.min(runs[i + 2] + half - left, width);
        if (x1 <= x0) continue;
        steps[x0]++;
        steps[x1]--;
      }
    }
    emptyInto(list, steps, y, left);
  }
  return list.take();
}

/**
 * Pixels that stay when a set shrinks by a distance. Beyond the bounds of the image nothing eats into it.
 * @param {Runs} runs
 * @param {number} radius pixels, an integer
 * @param {Box} bounds of the image
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

/** @param {Runs} runs @param {Box} box @returns {Int32Array} where each of its rows begins in the runs, then the end */
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

/**
 * Turns a row's steps up and down into runs, and clears them.
 * @param {RunList} list @param {Int32Array} steps @param {number} y @param {number} left
 */
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
