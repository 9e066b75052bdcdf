/** @import {Segment, TileDelta} from "./types.js" */
/** @import {Selection} from "./selection.js" */
import { bytesOf, renameIds } from "./delta.js";

/**
 * @typedef {{id: number, before: Segment | null, after: Segment | null}} SegmentChange A row of the segment table.
 *
 * @typedef {object} Entry
 * @property {string} label what the stroke was, for the tooltip of undo
 * @property {TileDelta[]} deltas
 * @property {SegmentChange[]} segments
 * @property {{before: Selection, after: Selection}} [selection] that the stroke went on with, and left
 */

/** Strokes that can be undone and redone, oldest dropped first when their tile deltas outgrow a byte budget. */
export class History {
  /** @param {number} [budgetBytes] */
  constructor(budgetBytes = 256 * 1024 * 1024) {
    this.budgetBytes = budgetBytes;
    /** @type {Entry[]} */
    this.done = [];
    /** @type {Entry[]} */
    this.undone = [];
    this.bytes = 0;
  }

  /** @param {Entry} entry */
  push(entry) {
    this.forgetUndone();
    this.done.push(entry);
    this.bytes += sizeOf(entry);
    while (this.bytes > this.budgetBytes && this.done.length > 1) {
      this.bytes -= sizeOf(/** @type {Entry} */ (this.done.shift()));
    }
  }

  /** The entry to take back, moved to the redo side; null when there is none. */
  undo() {
    const entry = this.done.pop() ?? null;
    if (entry) this.undone.push(entry);
    return entry;
  }

  redo() {
    const entry = this.undone.pop() ?? null;
    if (entry) this.done.push(entry);
    return entry;
  }

  forgetUndone() {
    for (const dropped of this.undone) this.bytes -= sizeOf(dropped);
    this.undone = [];
  }

  /**
   * Renames segment ids in all entries, after a merge gave mine new ones.
   * @param {Map<number, number>} ids
   */
  remap(ids) {
    if (!ids.size) return;
    const renamed = (/** @type {Segment | null} */ row) => row && { ...row, id: ids.get(row.id) ?? row.id };
    const renamedId = (/** @type {number | null} */ id) => (id === null ? null : (ids.get(id) ?? id));
    const selected = (/** @type {Selection} */ { segmentId, extendedId }) => ({
      segmentId: renamedId(segmentId),
      extendedId: renamedId(extendedId),
    });
    for (const entry of [...this.done, ...this.undone]) {
      const { selection } = entry;
      if (selection) entry.selection = { before: selected(selection.before), after: selected(selection.after) };
      for (const delta of entry.deltas) renameIds(delta, ids);
      entry.segments = entry.segments.map(({ id, before, after }) => ({
        id: ids.get(id) ?? id,
        before: renamed(before),
        after: renamed(after),
      }));
    }
  }
}

/** @param {Entry} entry */
function sizeOf(entry) {
  return entry.deltas.reduce((sum, delta) => sum + bytesOf(delta), 0);
}
