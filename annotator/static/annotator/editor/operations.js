/** @import {ReadableMap} from "./regions.js" */
/** @import {Box} from "./shapes.js" */
/** @import {Runs} from "./runs.js" */
import { dilateRuns, erodeRuns } from "./growth.js";
import { holesOf, partsOf } from "./parts.js";
import { readRuns, readRunsById, runsById, tableOf } from "./regions.js";
import { areaOf, boxOf, intersectRuns, lineRuns, subtractRuns, uniteRuns } from "./runs.js";

/**
 * Operations on whole segments: pure functions from pixels to what is to be written. They run in the label worker as
 * `SegmentPlan`s; `segment_edits.js` carries these out as one undo step each.
 *
 * @typedef {object} Edit
 * @property {Runs} runs
 * @property {number} id what is written: 0 erases, a negative number stands for a new segment
 * @property {number} [like] id of the segment that a new one is of the same class as
 *
 * @typedef {{ids: number[], px?: number, pixels?: number, into?: number, points?: [number, number][],
 *   within?: Runs}} PlanOptions
 *   ids: the chosen segments; px: distance to grow or shrink; pixels: size below which a part is a speck;
 *   into: id that others are merged into; points: a drawn line; within: what is kept
 */

/** @param {Runs} runs @returns {Runs[]} connected parts, the largest first */
function partsBySize(runs) {
  return partsOf(runs).sort((a, b) => areaOf(b) - areaOf(a));
}

/**
 * Operations on each segment by itself: from its pixels to what is written.
 * @type {Record<string, (runs: Runs, segment: OfOne) => Edit[]>}
 *
 * @typedef {PlanOptions & {id: number, bounds: Box, newId: () => number}} OfOne
 *   newId: a number that stands for a segment not yet there
 */
export const EACH = {
  /** Connected parts become objects of their own; the largest keeps the id. */
  split: (runs, { id, newId }) =>
    partsBySize(runs)
      .slice(1)
      .map((part) => ({ runs: part, id: newId(), like: id })),

  /** Parts that a drawn line crosses from side to side fall apart. */
  cut: (runs, { id, newId, points = [] }) =>
    piecesOf(runs, lineRuns(points)).map((piece) => ({ runs: piece, id: newId(), like: id })),

  fillHoles: (runs, { id }) => [{ runs: holesOf(runs), id }],

  keepLargest: (runs) =>
    partsBySize(runs)
      .slice(1)
      .map((part) => ({ runs: part, id: 0 })),

  removeSpecks: (runs, { pixels = 1 }) =>
    partsOf(runs)
      .filter((part) => areaOf(part) < pixels)
      .map((part) => ({ runs: part, id: 0 })),

  grow: (runs, { id, bounds, px = 1 }) => [{ runs: subtractRuns(dilateRuns(runs, px, bounds), runs), id }],

  shrink: (runs, { bounds, px = 1 }) => [{ runs: subtractRuns(runs, erodeRuns(runs, px, bounds)), id: 0 }],

  /** What lies outside of the given pixels goes. */
  keepWithin: (runs, { within = new Int32Array(0) }) => [{ runs: subtractRuns(runs, within), id: 0 }],
};

/**
 * Operations on the chosen segments together; work that can pause.
 * @type {Record<string, (map: ReadableMap, options: PlanOptions) => Generator<number, Edit[]>>}
 */
export const TOGETHER = {
  /** All chosen segments become the one named in `into`, else the first. */
  *merge(map, { ids, into = ids[0] }) {
    const others = ids.filter((id) => id !== into);
    return [{ runs: yield* readRuns(map, tableOf(others)), id: into }];
  },

  /** The first segment keeps only what lies within the outline of the second, its holes included. */
  *intersect(map, { ids: [first, second] }) {
    const [runs, area] = yield* pixelsAndArea(map, first, second);
    return meet(runs, area) ? [{ runs: subtractRuns(runs, area), id: 0 }] : [];
  },

  /** The first segment loses what lies within the outline of the second, its holes included. */
  *subtract(map, { ids: [first, second] }) {
    const [runs, area] = yield* pixelsAndArea(map, first, second);
    return [{ runs: intersectRuns(runs, area), id: 0 }];
  },

  *erase(map, { ids }) {
    return [{ runs: yield* readRuns(map, tableOf(ids)), id: 0 }];
  },

  /** Everything but the chosen segments goes. */
  *keepOnly(map, { ids }) {
    const others = new Uint8Array(65536).fill(1);
    for (const id of [0, ...ids]) others[id] = 0;
    return [{ runs: yield* readRuns(map, others), id: 0 }];
  },
};

/**
 * The pixels of one segment, and what lies within the outline of another.
 * @param {ReadableMap} map @param {number} first @param {number} second
 * @returns {Generator<number, [Runs, Runs]>}
 */
function* pixelsAndArea(map, first, second) {
  const pixels = yield* readRunsById(map, tableOf([first, second]));
  const none = new Int32Array(0);
  const outline = pixels.get(second) ?? none;
  return [pixels.get(first) ?? none, uniteRuns(outline, holesOf(outline))];
}

/** @param {Runs} a @param {Runs} b */
function meet(a, b) {
  return intersectRuns(a, b).length > 0;
}

/**
 * What a line cuts off: for each connected part that falls apart along it, all pieces but the largest. The pixels
 * of the line go to the pieces that they touch.
 * @param {Runs} runs @param {Runs} line
 * @returns {Runs[]}
 */
function piecesOf(runs, line) {
  return partsOf(runs).flatMap((part) => {
    const seam = intersectRuns(part, line);
    if (!seam.length) return [];
    const pieces = partsBySize(subtractRuns(part, seam));
    return pieces.length < 2 ? [] : withSeam(pieces, seam).slice(1);
  });
}

/**
 * Hands the pixels of the line out, piece by piece, from their sides inwards.
 * @param {Runs[]} pieces @param {Runs} seam
 */
function withSeam(pieces, seam) {
  let left = seam;
  let grown = pieces;
  while (left.length) {
    const before = areaOf(left);
    grown = grown.map((piece) => {
      const box = boxOf(left);
      if (!box) return piece;
      const touching = intersectRuns(left, dilateRuns(piece, 1, box));
      left = subtractRuns(left, touching);
      return uniteRuns(piece, touching);
    });
    if (areaOf(left) === before) break;
  }
  return grown;
}

/**
 * What another labelling of the image holds of some segments.
 * @param {ReadableMap} layer
 * @param {number[] | null} ids null for all
 * @returns {{id: number, runs: Runs}[]}
 */
export function runsOfLayer(layer, ids) {
  const wanted = ids ? tableOf(ids) : new Uint8Array(65536).fill(1);
  wanted[0] = 0;
  return [...runsById(layer, wanted)].map(([id, runs]) => ({ id, runs }));
}
