/** @import {SegmentTable} from "./segments.js" */

/** What strokes may paint over, as the user chooses it. */
export const PAINT_OVER = /** @type {const} */ (["everything", "visible", "unlabelled", "class", "stencil"]);

/** @typedef {(typeof PAINT_OVER)[number]} PaintOver */

/**
 * Which pixels a stroke may change, by the id that they have: one table, made when the stroke begins.
 *
 * @param {SegmentTable} segments
 * @param {object} rules
 * @param {Set<number>} rules.lockedClasses
 * @param {Set<number>} rules.lockedSegments
 * @param {boolean} [rules.isUnlabelledOnly]
 * @param {number | null} [rules.onlyClass] id of the one class that gives way
 * @param {Iterable<number>} [rules.onlyIds] the ids that give way, within what the other rules leave
 * @param {Iterable<number>} [rules.exceptIds] ids that do not
 * @returns {Uint8Array | null} by old id, 1 where it gives way; null where everything does
 */
export function overwritable(
  segments,
  { lockedClasses, lockedSegments, isUnlabelledOnly = false, onlyClass = null, onlyIds, exceptIds = [] },
) {
  const except = [...exceptIds];
  const hasRules = isUnlabelledOnly || onlyClass !== null || onlyIds || except.length > 0;
  if (!hasRules && !lockedClasses.size && !lockedSegments.size) return null;
  const table = new Uint8Array(65536);
  if (isUnlabelledOnly) table[0] = 1;
  else if (onlyIds) for (const id of onlyIds) table[id] = 1;
  else if (onlyClass === null) table.fill(1);
  else for (const { id, class: labelClass } of segments.byId.values()) if (labelClass === onlyClass) table[id] = 1;
  for (const { id, class: labelClass } of segments.byId.values()) {
    if (lockedClasses.has(labelClass) || lockedSegments.has(id)) table[id] = 0;
  }
  for (const id of except) table[id] = 0;
  return table;
}
