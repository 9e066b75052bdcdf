/** @import {Segment} from "./types.js" */
/** @import {SegmentTable} from "./segments.js" */
/** @import {Store} from "./store.js" */
import { t } from "./i18n.js";

/**
 * Nobody draws what is not seen: what was hidden is shown again, with a word to the user.
 * @param {Store} store
 * @param {Segment | null} segment that is drawn; null for none, or for many
 * @param {(text: string) => void} tell
 */
export function reveal(store, segment, tell) {
  if (!store.areLabelsShown.value) {
    store.areLabelsShown.value = true;
    tell(t("Labels are shown again: you draw on them."));
  }
  if (!segment || !hiding(store)(segment)) return;
  const { hiddenClasses, hiddenSegments, isolated, classById } = store;
  hiddenClasses.value = without(hiddenClasses.value, segment.class);
  hiddenSegments.value = without(hiddenSegments.value, segment.id);
  isolated.value = null;
  const name = classById.get(segment.class)?.name ?? t("Class {id}", { id: segment.class });
  tell(t("{name} was hidden; it is shown again: you draw it.", { name }));
}

/**
 * What is hidden as of now.
 * @param {Store} store
 * @returns {(segment: Segment, isOfLabels?: boolean) => boolean} whether a segment is; of layers beside the labels only
 *   classes are hidden, and all but what stands alone
 */
export function hiding({ hiddenClasses, hiddenSegments, isolated }) {
  const [classes, segments, alone] = [hiddenClasses.value, hiddenSegments.value, isolated.value];
  return (segment, isOfLabels = true) =>
    classes.has(segment.class) ||
    (isOfLabels && segments.has(segment.id)) ||
    (alone !== null && alone.id !== (alone.kind === "class" ? segment.class : segment.id));
}

/**
 * @param {Store} store @param {SegmentTable} segments
 * @returns {number[]} ids of those that are hidden
 */
export function hiddenIds(store, segments) {
  const isHidden = hiding(store);
  const { hiddenClasses, hiddenSegments, isolated } = store;
  if (!hiddenClasses.value.size && !hiddenSegments.value.size && !isolated.value) return [];
  return [...segments.byId.values()].filter((segment) => isHidden(segment)).map(({ id }) => id);
}

/** @param {Set<number>} set @param {number} member */
function without(set, member) {
  return set.has(member) ? new Set([...set].filter((one) => one !== member)) : set;
}
