/** @import {Segment} from "../types.js" */
/** @import {Store} from "../store.js" */
/** @import {VirtualList} from "./virtual_list.js" */
import { effect, untracked } from "@preact/signals-core";

const ROW_OF = "[data-segment]";

/**
 * Choosing segments in their list, one or many, as file managers do: click, Ctrl and Shift, arrows, Ctrl+A.
 * @param {Store} store
 * @param {VirtualList<Segment>} list
 * @param {() => void} goThere to the segment chosen last
 */
export function listenToSelection(store, list, goThere) {
  const { element } = list;
  let anchor = 0;
  let at = 0;
  const place = (/** @type {number} */ id) => list.items.findIndex((segment) => segment.id === id);

  /** @param {number} position @param {{isRange: boolean, isToggle: boolean}} how */
  const choose = (position, { isRange, isToggle }) => {
    const segment = list.items[position];
    if (!segment) return;
    at = position;
    if (!isRange) anchor = position;
    const before = store.selectedSegments.value;
    if (isRange) select(store, list.items.slice(Math.min(anchor, at), Math.max(anchor, at) + 1), segment);
    else if (isToggle && before.has(segment.id)) drop(store, segment);
    else if (isToggle) select(store, [...list.items.filter(({ id }) => before.has(id)), segment], segment);
    else select(store, [segment], segment);
    list.reveal(at);
  };

  element.addEventListener("click", (event) => {
    const row = /** @type {HTMLElement} */ (event.target).closest(ROW_OF);
    const id = Number(/** @type {HTMLElement | null} */ (row)?.dataset.segment);
    if (!row) return;
    const isAlone = store.selectedSegments.value.size === 1 && store.segmentId.value === id;
    const isPlain = !event.shiftKey && !event.ctrlKey && !event.metaKey;
    if (isPlain && isAlone) drop(store, list.items[place(id)]);
    else choose(place(id), { isRange: event.shiftKey, isToggle: event.ctrlKey || event.metaKey });
  });
  element.addEventListener("dblclick", goThere);
  element.addEventListener("keydown", (event) => {
    const page = Math.max(1, Math.floor(element.clientHeight / list.rowPx) - 1);
    const last = list.items.length - 1;
    const target = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: last }[
      event.key
    ];
    if (target !== undefined) choose(Math.min(Math.max(target, 0), last), { isRange: event.shiftKey, isToggle: false });
    else if (event.key.toLowerCase() === "a" && (event.ctrlKey || event.metaKey) && list.items[at])
      select(store, list.items, list.items[at]);
    else if (event.key === "Enter") goThere();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  effect(() => {
    const id = store.segmentId.value;
    if (id === null) return element.removeAttribute("aria-activedescendant");
    untracked(() => {
      if (!store.selectedSegments.value.has(id)) store.selectedSegments.value = new Set([id]);
      const found = place(id);
      if (found < 0) return;
      at = found;
      list.reveal(found);
      element.setAttribute("aria-activedescendant", `segment-${id}`);
    });
  });
}

/** @param {Store} store @param {Segment[]} segments @param {Segment} active the one that strokes go into */
function select(store, segments, active) {
  store.selectedSegments.value = new Set(segments.map(({ id }) => id));
  if (store.classById.has(active.class)) store.classId.value = active.class;
  store.segmentId.value = active.id;
}

/** @param {Store} store @param {Segment} segment */
function drop(store, segment) {
  const left = new Set(store.selectedSegments.value);
  left.delete(segment.id);
  store.selectedSegments.value = left;
  if (store.segmentId.value === segment.id) store.segmentId.value = [...left].at(-1) ?? null;
}
