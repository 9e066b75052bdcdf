/** @import {LabelDocument} from "./document.js" */
/** @import {Entry} from "./history.js" */
/** @import {Store} from "./store.js" */

/**
 * @typedef {object} Selection What tools go on with.
 * @property {number | null} segmentId
 * @property {number | null} extendedId the segment that outlines and proposals extend too
 */

/** @param {Store} store @returns {Selection} */
export function selectionOf({ segmentId, extendedId }) {
  return { segmentId: segmentId.peek(), extendedId: extendedId.peek() };
}

/**
 * A stroke that was drawn has the selection before it come back when it is undone; else it is back at once.
 * @param {Store} store @param {LabelDocument} document @param {Selection} before @param {boolean} hasChanged
 */
export function keepSelection(store, document, before, hasChanged) {
  const after = selectionOf(store);
  const entry = document.history.done.at(-1);
  if (after.segmentId === before.segmentId) return;
  if (!hasChanged) select(store, document, before);
  else if (entry) entry.selection = { before, after };
}

/**
 * Undo and redo bring the selection back, unless another segment was selected since.
 * @param {Store} store @param {LabelDocument} document
 * @param {Entry} entry @param {"before" | "after"} side that stands now
 */
export function followStep(store, document, { selection }, side) {
  if (!selection) return;
  const left = side === "before" ? selection.after : selection.before;
  if (store.segmentId.value === left.segmentId) select(store, document, selection[side]);
}

/**
 * @param {Store} store @param {LabelDocument} document
 * @param {Selection} selection of segments that may be no more, or of another class than the active one
 */
function select(store, document, { segmentId, extendedId }) {
  const isThere = document.segments.get(segmentId ?? -1)?.class === store.classId.value;
  store.selectedSegments.value = new Set(segmentId !== null && isThere ? [segmentId] : []);
  store.segmentId.value = isThere ? segmentId : null;
  store.extendedId.value = extendedId;
}

/**
 * Selects what is under a point, to go on with it; nothing where there is no label.
 * @param {Store} store @param {LabelDocument} document
 * @param {{x: number, y: number, isAdded?: boolean}} at isAdded: to what is selected
 */
export function pick(store, document, { x, y, isAdded = false }) {
  const id = document.map.get(x, y);
  const segment = document.segments.get(id);
  if (!segment) {
    if (!isAdded) store.selectedSegments.value = new Set();
    if (!isAdded) store.segmentId.value = null;
    return;
  }
  const selected = new Set(isAdded ? store.selectedSegments.value : []);
  if (isAdded && store.segmentId.value !== null) selected.add(store.segmentId.value);
  selected.add(id);
  store.selectedSegments.value = selected;
  store.segmentId.value = id;
  store.extendedId.value = id;
  store.classId.value = segment.class;
}
