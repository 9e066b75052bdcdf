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
  const place = (/** @type {number} */ id) => list.items.findIndex((segment) => segment.id === id);
  // Ids, not positions: the list is sorted anew whenever labels change. Of one that went, the place is where it was.
  let anchor = { id: 0, position: 0 };
  let at = anchor;
  const placeOf = (/** @type {{id: number, position: number}} */ mark) => {
    const found = place(mark.id);
    return found < 0 ? Math.max(0, Math.min(mark.position, list.items.length - 1)) : found;
  };

  /** @param {number} position @param {{isRange: boolean, isToggle: boolean}} how */
  const choose = (position, { isRange, isToggle }) => {
    const segment = list.items[position];
    if (!segment) return;
    const from = placeOf(anchor);
    at = { id: segment.id, position };
    if (!isRange) anchor = at;
    const before = store.selectedSegments.value;
    if (isRange) select(store, list.items.slice(Math.min(from, position), Math.max(from, position) + 1), segment);
    else if (isToggle && before.has(segment.id)) drop(store, segment);
    else if (isToggle) select(store, [...list.items.filter(({ id }) => before.has(id)), segment], segment);
    else select(store, [segment], segment);
    list.reveal(position);
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
    const here = placeOf(at);
    const targets = { ArrowDown: here + 1, ArrowUp: here - 1, PageDown: here + page, PageUp: here - page };
    const target = { ...targets, Home: 0, End: last }[event.key];
    if (target !== undefined) choose(Math.min(Math.max(target, 0), last), { isRange: event.shiftKey, isToggle: false });
    else if (event.key.toLowerCase() === "a" && (event.ctrlKey || event.metaKey) && list.items[here])
      select(store, list.items, list.items[here]);
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
      at = { id, position: found };
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
