/** @import {ReadableMap} from "./regions.js" */
/** @import {Box} from "./shapes.js" */
/** @import {Runs} from "./runs.js" */
import { dilateRuns, erodeRuns } from "./growth.js";
import { holesOf, partsOf } from "./parts.js";
import { runsById, runsOf, tableOf } from "./regions.js";
import { areaOf, boxOf, intersectRuns, lineRuns, subtractRuns, uniteRuns } from "./runs.js";

/**
 * Operations on whole segments, as plans: pure functions from a label map to what is to be written. They run in the
 * label worker; `segment_edits.js` carries the plans out as one undo step each.
 *
 * @typedef {object} Edit
 * @property {Runs} runs
 * @property {number} id what is written: 0 erases, a negative number stands for a new segment
 * @property {number} [like] id of the segment that a new one is of the same class as
 *
 * @typedef {{ids: number[], px?: number, pixels?: number, into?: number, points?: [number, number][]}} PlanOptions
 *   ids: the chosen segments; px: distance to grow or shrink; pixels: size below which a part is a speck;
 *   into: id that others are merged into; points: a drawn line
 */

/** @param {ReadableMap} map @param {number} id */
const pixelsOf = (map, id) => runsOf(map, tableOf([id]));

/** @param {{width: number, height: number}} map @returns {Box} */
const boundsOf = ({ width, height }) => ({ x0: 0, y0: 0, x1: width, y1: height });

/** @param {Runs} runs @returns {Runs[]} connected parts, the largest first */
function partsBySize(runs) {
  return partsOf(runs).sort((a, b) => areaOf(b) - areaOf(a));
}

/** @type {Record<string, (map: ReadableMap, options: PlanOptions) => Edit[]>} */
export const PLANS = {
  /** Connected parts become objects of their own; the largest keeps the id. */
  split(map, { ids }) {
    let last = 0;
    return ids.flatMap((id) =>
      partsBySize(pixelsOf(map, id))
        .slice(1)
        .map((runs) => ({ runs, id: --last, like: id })),
    );
  },

  /** Parts that a drawn line crosses from side to side fall apart. */
  cut(map, { ids, points = [] }) {
    const line = lineRuns(points);
    let last = 0;
    return ids.flatMap((id) => piecesOf(pixelsOf(map, id), line).map((runs) => ({ runs, id: --last, like: id })));
  },

  fillHoles: (map, { ids }) => ids.map((id) => ({ runs: holesOf(pixelsOf(map, id)), id })),

  keepLargest: (map, { ids }) =>
    ids.flatMap((id) =>
      partsBySize(pixelsOf(map, id))
        .slice(1)
        .map((runs) => ({ runs, id: 0 })),
    ),

  removeSpecks: (map, { ids, pixels = 1 }) =>
    ids.flatMap((id) =>
      partsOf(pixelsOf(map, id))
        .filter((part) => areaOf(part) < pixels)
        .map((runs) => ({ runs, id: 0 })),
    ),

  grow: (map, { ids, px = 1 }) =>
    ids.map((id) => {
      const runs = pixelsOf(map, id);
      return { runs: subtractRuns(dilateRuns(runs, px, boundsOf(map)), runs), id };
    }),

  shrink: (map, { ids, px = 1 }) =>
    ids.map((id) => {
      const runs = pixelsOf(map, id);
      return { runs: subtractRuns(runs, erodeRuns(runs, px, boundsOf(map))), id: 0 };
    }),

  /** All chosen segments become the one named in `into`, else the first. */
  merge(map, { ids, into = ids[0] }) {
    const others = ids.filter((id) => id !== into);
    return [{ runs: runsOf(map, tableOf(others)), id: into }];
  },

  /** The first segment keeps only what lies within the outline of the second, its holes included. */
  intersect(map, { ids: [first, second] }) {
    return [{ runs: subtractRuns(pixelsOf(map, first), areaWithin(map, second)), id: 0 }];
  },

  /** The first segment loses what lies within the outline of the second, its holes included. */
  subtract(map, { ids: [first, second] }) {
    return [{ runs: intersectRuns(pixelsOf(map, first), areaWithin(map, second)), id: 0 }];
  },

  erase: (map, { ids }) => [{ runs: runsOf(map, tableOf(ids)), id: 0 }],

  /** Everything but the chosen segments goes. */
  keepOnly(map, { ids }) {
    const others = new Uint8Array(65536).fill(1);
    for (const id of [0, ...ids]) others[id] = 0;
    return [{ runs: runsOf(map, others), id: 0 }];
  },
};

/** @param {ReadableMap} map @param {number} id */
function areaWithin(map, id) {
  const runs = pixelsOf(map, id);
  return uniteRuns(runs, holesOf(runs));
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
