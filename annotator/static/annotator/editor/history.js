/** @import {Patch} from "./types.js" */

/**
 * @typedef {object} Entry
 * @property {string} label what the stroke was, for the tooltip of undo
 * @property {Patch[]} patches
 */

const PATCH_OVERHEAD_BYTES = 200;

/** Strokes that can be undone and redone, oldest dropped first when their tile deltas outgrow a byte budget. */
export class History {
  /** @param {number} [budgetBytes] */
  constructor(budgetBytes = 128 * 1024 * 1024) {
    this.budgetBytes = budgetBytes;
    /** @type {Entry[]} */
    this.done = [];
    /** @type {Entry[]} */
    this.undone = [];
    this.bytes = 0;
  }

  /** @param {Entry} entry */
  push(entry) {
    for (const dropped of this.undone) this.bytes -= sizeOf(dropped);
    this.undone = [];
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

  /**
   * Renames segment ids in all deltas, after a merge gave mine new ones.
   * @param {Map<number, number>} ids
   */
  remap(ids) {
    if (!ids.size) return;
    for (const { patches } of [...this.done, ...this.undone]) {
      for (const { before, after } of patches) {
        for (const pixels of [before, after]) {
          for (let p = 0; p < pixels.length; p++) pixels[p] = ids.get(pixels[p]) ?? pixels[p];
        }
      }
    }
  }
}

/** @param {Entry} entry */
function sizeOf(entry) {
  return entry.patches.reduce((sum, p) => sum + p.before.byteLength + p.after.byteLength + PATCH_OVERHEAD_BYTES, 0);
}
