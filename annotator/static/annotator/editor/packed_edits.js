/** @import {Edit} from "./operations.js" */
/** @import {Runs} from "./runs.js" */

/**
 * Edits on their way between threads: a few arrays cross at once, thousands of small ones do not.
 *
 * @typedef {object} PackedEdits
 * @property {Int32Array} ids
 * @property {Int32Array} likes -1 where there is none
 * @property {Int32Array} ends where the runs of each end
 * @property {Runs} runs of all, one edit after the other
 */

/** @param {Edit[]} edits @returns {PackedEdits} */
export function packEdits(edits) {
  const runs = new Int32Array(edits.reduce((sum, edit) => sum + edit.runs.length, 0));
  const ends = new Int32Array(edits.length);
  let end = 0;
  edits.forEach((edit, i) => {
    runs.set(edit.runs, end);
    ends[i] = end += edit.runs.length;
  });
  const likes = Int32Array.from(edits, ({ like = -1 }) => like);
  return { ids: Int32Array.from(edits, ({ id }) => id), likes, ends, runs };
}

/** @param {PackedEdits} packed @returns {Edit[]} views of its runs */
export function unpackEdits({ ids, likes, ends, runs }) {
  return Array.from(ids, (id, i) => {
    const edit = { id, runs: runs.subarray(i ? ends[i - 1] : 0, ends[i]) };
    return likes[i] < 0 ? edit : { ...edit, like: likes[i] };
  });
}
