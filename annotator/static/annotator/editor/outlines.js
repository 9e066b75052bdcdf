/** @import {ReadableMap} from "./regions.js" */
/** @import {Runs} from "./runs.js" */
/** @import {SegmentTable} from "./segments.js" */
import { readRunsById, tableOf } from "./regions.js";

/** How far a drawn outline may lie from the true one, image pixels: it only has to show where something is. */
const TOLERANCE_PX = 0.75;

/**
 * @typedef {{x: number, y: number, across: Corner | null, along: Corner | null}} Corner
 *   across, along: its neighbours in the row and in the column
 */

/**
 * The outlines of some segments as SVG path data in image pixels, one path a class; work that can pause.
 * @param {ReadableMap} map
 * @param {SegmentTable} segments of the map
 * @param {number[]} ids
 * @returns {Generator<number, {class: number, path: string}[]>} yields the share that is done, 0..1
 */
export function* outlinesOf(map, segments, ids) {
  const pixels = yield* readRunsById(map, tableOf(ids));
  /** @type {Map<number, string[]>} */
  const paths = new Map();
  for (const [id, runs] of pixels) {
    const labelClass = segments.get(id)?.class ?? 0;
    const drawn = loopsOf(runs).map((loop) => `M${simplified(loop).flat().join(" ")}Z`);
    paths.set(labelClass, (paths.get(labelClass) ?? []).concat(drawn));
    yield 1;
  }
  return [...paths].map(([labelClass, path]) => ({ class: labelClass, path: path.join("") }));
}

/**
 * Closed lines around a set of pixels, its holes included.
 * @param {Runs} runs
 * @returns {[number, number][][]} corners x, y
 */
export function loopsOf(runs) {
  const corners = cornersOf(runs);
  const loops = [];
  for (const first of corners) {
    if (!first.across) continue;
    /** @type {[number, number][]} */
    const loop = [];
    for (let at = first; at.across;) {
      const other = at.across;
      loop.push([at.x, at.y], [other.x, other.y]);
      at.across = other.across = null;
      at = /** @type {Corner} */ (other.along);
    }
    loops.push(loop);
  }
  return loops;
}

/** @param {Runs} runs @returns {Corner[]} each linked to the next one across and along */
function cornersOf(runs) {
  /** @type {Corner[]} */
  const corners = [];
  /** @type {Map<number, Corner>} where the line down each column began */
  const open = new Map();
  /** @type {number[]} */
  let above = [];
  for (let i = 0, y = runs[0] ?? 0; i < runs.length || above.length; y++) {
    if (!above.length) y = runs[i];
    /** @type {number[]} */
    const below = [];
    for (; i < runs.length && runs[i] === y; i += 3) below.push(runs[i + 1], runs[i + 2]);
    turnAt(y, above, below, open, corners);
    above = below;
  }
  return corners;
}

/**
 * Adds the corners between two rows. Ends of runs stand at even places of a row where one begins, at odd ones where it
 * ends; a line goes on down where both rows have the same.
 * @param {number} y of the lower row @param {number[]} above x of the ends of its runs @param {number[]} below
 * @param {Map<number, Corner>} open @param {Corner[]} corners
 */
function turnAt(y, above, below, open, corners) {
  /** @type {Corner | null} */
  let pending = null;
  for (let i = 0, j = 0; i < above.length || j < below.length;) {
    const isUp = j >= below.length || (i < above.length && above[i] <= below[j]);
    if (isUp && above[i] === below[j] && (i & 1) === (j & 1)) {
      i++;
      j++;
      continue;
    }
    /** @type {Corner} */
    const corner = { x: isUp ? above[i++] : below[j++], y, across: pending, along: null };
    if (isUp) close(open, corner);
    else open.set(corner.x, corner);
    if (pending) pending.across = corner;
    pending = pending ? null : corner;
    corners.push(corner);
  }
}

/** @param {Map<number, Corner>} open @param {Corner} corner where the line of its column ends */
function close(open, corner) {
  corner.along = open.get(corner.x) ?? null;
  if (corner.along) corner.along.along = corner;
}

/**
 * A closed line with fewer corners (Douglas and Peucker, 1973).
 * @param {[number, number][]} loop
 */
function simplified(loop) {
  const keep = new Uint8Array(loop.length);
  keep[0] = keep[loop.length - 1] = 1;
  const open = [[0, loop.length - 1]];
  for (let part = open.pop(); part; part = open.pop()) {
    const [from, to] = part;
    let farthest = -1;
    let distance = TOLERANCE_PX;
    for (let i = from + 1; i < to; i++) {
      const far = distanceTo(loop[from], loop[to], loop[i]);
      if (far > distance) [farthest, distance] = [i, far];
    }
    if (farthest < 0) continue;
    keep[farthest] = 1;
    open.push([from, farthest], [farthest, to]);
  }
  return loop.filter((_, i) => keep[i]);
}

/** @param {[number, number]} a @param {[number, number]} b ends of a line @param {[number, number]} point */
function distanceTo([ax, ay], [bx, by], [x, y]) {
  const [dx, dy] = [bx - ax, by - ay];
  const length = Math.hypot(dx, dy);
  return length ? Math.abs((x - ax) * dy - (y - ay) * dx) / length : Math.hypot(x - ax, y - ay);
}
