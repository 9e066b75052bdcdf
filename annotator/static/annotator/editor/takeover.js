/** @import {Editing} from "./editing.js" */
/** @import {LabelDocument} from "./document.js" */
/** @import {SegmentEdit} from "./segment_writer.js" */
/** @import {Segment} from "./types.js" */
/** @import {Store} from "./store.js" */

/**
 * @typedef {object} Other another labelling of the image, or of one of its size
 * @property {{id: number, runs: Int32Array}[]} parts
 * @property {Segment[]} segments
 * @property {() => Uint8Array | null} tableOf what gives way to it, asked once no stroke is in progress
 * @property {(segment: Segment) => Segment} rowOf what a copy is in the table
 */

/**
 * Writes what another labelling holds into this one.
 * @param {{store: Store, editing: Editing}} ports
 * @param {string} label of the undo step @param {LabelDocument} document the open one @param {Other} other
 * @returns {Promise<number | null>} how many segments have pixels by it; null when the image was closed meanwhile
 */
export async function takeOver({ store, editing }, label, document, { parts, segments, tableOf, rowOf }) {
  await document.whenIdle();
  if (editing.document !== document) return null;
  const byId = new Map(segments.map((segment) => [segment.id, segment]));
  const homes = new Map(document.segments.list().map((segment) => [segment.class, segment.id]));
  let last = 0;
  const edits = parts.flatMap(({ id, runs }) => {
    const segment = byId.get(id);
    if (!segment) return [];
    const isStuff = store.classById.get(segment.class)?.kind === "stuff";
    const home = isStuff ? homes.get(segment.class) : sameObject(editing, document, segment);
    if (home !== undefined) return [{ runs, id: home }];
    const { id: _, ...row } = rowOf(segment);
    /** @type {SegmentEdit} */
    const edit = { runs, id: --last, row };
    if (row.source === "model") edit.added = (added) => editing.copies.set(id, added);
    if (isStuff) homes.set(segment.class, edit.id);
    return [edit];
  });
  const hasChanged = await editing.perform(label, edits, tableOf());
  if (editing.document !== document) return null;
  if (hasChanged) editing.unseen.look(document);
  const deltas = hasChanged ? (document.history.done.at(-1)?.deltas ?? []) : [];
  return new Set(deltas.flatMap(({ after }) => [...new Set(after)])).size;
}

/**
 * The object of these labels that grew out of a predicted one.
 * @param {Editing} editing @param {LabelDocument} document @param {Segment} predicted
 */
function sameObject({ copies }, document, predicted) {
  if (predicted.source !== "model") return undefined;
  const candidates = [copies.get(predicted.id), predicted.id];
  return candidates.find((id) => {
    const mine = document.segments.get(id ?? -1);
    return mine?.source === "model" && mine.class === predicted.class;
  });
}
