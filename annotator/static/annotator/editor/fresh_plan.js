/** @import {Editing} from "./editing.js" */
/** @import {PlanOptions} from "./operations.js" */
/** @import {SegmentEdit} from "./segment_writer.js" */
import { t } from "./i18n.js";

/** A plan made while the user went on drawing is made again, this often. */
const MOST_PLANS = 3;

/**
 * A plan that fits the labels as they are when it arrives; it has to be carried out in the same turn.
 * @param {Editing} editing
 * @param {string} operation see operations.js
 * @param {PlanOptions} options
 * @returns {Promise<SegmentEdit[] | null>} null when the image was closed meanwhile, or drawn on all the time
 */
export async function freshPlan(editing, operation, options) {
  const { document } = editing;
  if (!document) return null;
  for (let attempt = 0; attempt < MOST_PLANS; attempt++) {
    await document.whenIdle();
    if (editing.document !== document) return null;
    const last = document.history.done.at(-1);
    const edits = await document.mirror.run("plan", { operation, ...options });
    if (editing.document !== document) return null;
    if (document.history.done.at(-1) === last && !document.stroke) return edits;
  }
  editing.refuse(t("The labels changed meanwhile; nothing was done. Try again."));
  return null;
}
