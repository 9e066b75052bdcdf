/** @import {Edit} from "./operations.js" */
/** @import {LabelDocument} from "./document.js" */
/** @import {Segment} from "./types.js" */
import { freeId } from "./segments.js";

/** Large writes stop after this long and go on in the next turn, so that the page never stalls. */
const TURN_MS = 8;
const RUNS_AT_A_TIME = 4096;

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
  let deadline = performance.now() + TURN_MS;
  for (const edit of edits) {
    const id = idOf(document, edit, newIds);
    for (const runs of portions(edit.runs)) {
      document.writeAs(runs, id);
      if (performance.now() < deadline) continue;
      await new Promise((resolve) => setTimeout(resolve));
      if (!isOpen()) return false;
      deadline = performance.now() + TURN_MS;
    }
  }
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
function* portions(runs) {
  const all = runs instanceof Int32Array ? runs : Int32Array.from(runs);
  for (let from = 0; from < all.length; from += 3 * RUNS_AT_A_TIME) yield all.subarray(from, from + 3 * RUNS_AT_A_TIME);
}
