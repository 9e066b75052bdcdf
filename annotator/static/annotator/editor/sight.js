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
  if (!segment || !isOutOfSight(store, segment)) return;
  const { hiddenClasses, hiddenSegments, isolated, classById } = store;
  hiddenClasses.value = without(hiddenClasses.value, segment.class);
  hiddenSegments.value = without(hiddenSegments.value, segment.id);
  isolated.value = null;
  const name = classById.get(segment.class)?.name ?? t("Class {id}", { id: segment.class });
  tell(t("{name} was hidden; it is shown again: you draw it.", { name }));
}

/**
 * @param {Store} store @param {SegmentTable} segments
 * @returns {number[]} ids of those that are not seen
 */
export function outOfSight(store, segments) {
  const { hiddenClasses, hiddenSegments, isolated } = store;
  if (!hiddenClasses.value.size && !hiddenSegments.value.size && isolated.value === null) return [];
  return [...segments.byId.values()].filter((segment) => isOutOfSight(store, segment)).map(({ id }) => id);
}

/** @param {Store} store @param {Segment} segment */
function isOutOfSight({ hiddenClasses, hiddenSegments, isolated }, segment) {
  const alone = isolated.value;
  const isHidden = hiddenClasses.value.has(segment.class) || hiddenSegments.value.has(segment.id);
  return isHidden || (alone !== null && alone.id !== (alone.kind === "class" ? segment.class : segment.id));
}

/** @param {Set<number>} set @param {number} member */
function without(set, member) {
  return new Set([...set].filter((one) => one !== member));
}
