/** @import {Edit} from "./operations.js" */
/** @import {LabelDocument} from "./document.js" */
/** @import {Segment} from "./types.js" */
import { freeId } from "./segments.js";
import { Turns } from "./turns.js";

/** Large writes stop after this long and go on in the next turn, so that the page never stalls. */
const TURN_MS = 8;
const RUNS_AT_A_TIME = 4096;
const PIXELS_AT_A_TIME = 500_000;

/**
 * @typedef {Omit<Segment, "id">} SegmentRow
 * @typedef {Omit<Edit, "runs"> & {runs: ArrayLike<number>, row?: SegmentRow, added?: (id: number) => void}} SegmentEdit
 *   row: what a new segment is, in place of `like`; added: hears its id
 */

/**
 * Writes edits into the stroke in progress, in turns.
 * @param {LabelDocument} document with a stroke in progress
 * @param {SegmentEdit[]} edits
 * @param {() => boolean} isOpen whether the document still is
 * @returns {Promise<boolean>} false when it was closed meanwhile
 */
export async function writeEdits(document, edits, isOpen) {
  /** @type {Map<number, number>} */
  const newIds = new Map();
  const turns = new Turns(TURN_MS);
  for (const edit of edits) {
    const id = idOf(document, edit, newIds);
    for (const runs of portions(edit.runs)) {
      document.writeAs(runs, id);
      if (!turns.isOver) continue;
      await turns.next();
      if (!isOpen()) return false;
    }
  }
  // Of a new segment for which nothing gave way there is nothing to be kept.
  for (const id of newIds.values()) if (!document.map.counts[id]) document.setSegment(id, null);
  return true;
}

/** @param {LabelDocument} document @param {SegmentEdit} edit @param {Map<number, number>} newIds @returns {number} */
function idOf(document, { id, like, row, added: tell }, newIds) {
  if (id >= 0) return id;
  let added = newIds.get(id);
  if (added === undefined) {
    const labelClass = document.segments.get(like ?? -1)?.class ?? 0;
    added = addSegment(document, row ?? { class: labelClass, source: "human", score: null, model: null });
    newIds.set(id, added);
    tell?.(added);
  }
  return added;
}

/**
 * @param {LabelDocument} document with a stroke in progress
 * @param {SegmentRow} row
 * @returns {number} its id
 */
export function addSegment(document, row) {
  const id = freeId(document.segments.byId);
  document.setSegment(id, { id, ...row });
  return id;
}

/** @param {ArrayLike<number>} runs */
export function* portions(runs) {
  const all = runs instanceof Int32Array ? runs : Int32Array.from(runs);
  let pixels = 0;
  let from = 0;
  for (let i = 0; i < all.length; i += 3) {
    pixels += all[i + 2] - all[i + 1];
    if (pixels < PIXELS_AT_A_TIME && i - from < 3 * RUNS_AT_A_TIME) continue;
    yield all.subarray(from, i + 3);
    from = i + 3;
    pixels = 0;
  }
  if (from < all.length) yield all.subarray(from);
}
