/** @import {Editing} from "./editing.js" */
/** @import {PlanOptions} from "./operations.js" */
/** @import {SegmentEdit} from "./segment_writer.js" */
import { t } from "./i18n.js";
import { unpackEdits } from "./packed_edits.js";
import { Task } from "./task.js";

let lastKey = 0;

/**
 * A plan that fits the labels as they are when it arrives; it has to be carried out in the same turn. The user may go
 * on drawing meanwhile. Plans are made one after the other; one that is cancelled takes those that wait with it.
 * @param {Editing} editing
 * @param {string} label of what it is for
 * @param {string} operation see operations.js
 * @param {PlanOptions} options
 * @returns {Promise<SegmentEdit[] | null>} null when it was cancelled, which the user is told, or the image was closed
 */
export async function freshPlan(editing, label, operation, options) {
  const { document, store } = editing;
  while (store.task.value) {
    const before = store.task.value;
    await before.done;
    if (before.isCancelled) return null;
  }
  if (!document || editing.document !== document) return null;
  const task = new Task(label);
  store.task.value = task;
  try {
    const edits = await upToDate(editing, task, { key: ++lastKey, operation, ...options });
    if (!task.isCancelled) return edits;
    if (editing.document === document) editing.refuse(t("{label}: stopped. Nothing was changed.", { label }));
    return null;
  } finally {
    store.task.value = null;
    task.finish();
  }
}

/**
 * @param {Editing} editing @param {Task} task @param {PlanOptions & {key: number, operation: string}} payload
 * @returns {Promise<SegmentEdit[] | null>}
 */
async function upToDate(editing, task, payload) {
  const { document } = editing;
  if (!document) return null;
  const watch = { signal: task.stopper.signal, onShare: (/** @type {number} */ share) => task.tell(share) };
  for (;;) {
    while (document.stroke) await document.whenIdle();
    if (editing.document !== document || task.isCancelled) return null;
    const answer = await document.mirror.run("plan", payload, [], watch);
    if (editing.document !== document || !answer) return null;
    if (answer.changes === document.mirror.changes && !document.stroke) return unpackEdits(answer.edits);
  }
}
