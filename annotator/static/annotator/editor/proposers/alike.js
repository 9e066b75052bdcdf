/** @import {LabelDocument} from "../document.js" */
/** @import {Store} from "../store.js" */
import { beginsNew, takesAway } from "../target.js";

/** The server takes no more. */
const MOST_ALIKE = 100;

/**
 * Pixels of the objects of the active class, by which the server tells whether one click means a part or the whole.
 * None where the next region may be of any size: of stuff, of an object that is extended, to be taken away.
 * @param {Store} store @param {LabelDocument | null} document
 * @returns {number[]} of those that were begun last
 */
export function sizesAlike(store, document) {
  const labelClass = store.classById.get(store.classId.value ?? -1);
  if (!document || labelClass?.kind !== "thing" || !beginsNew(store) || takesAway(store)) return [];
  const { segments, map } = document;
  const alike = segments.used(map.counts).filter((segment) => segment.class === labelClass.id);
  return alike.slice(-MOST_ALIKE).map(({ id }) => map.counts[id]);
}
