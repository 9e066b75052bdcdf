/** @import {Signal} from "@preact/signals-core" */
/** @import {Store} from "./store.js" */
import { fitBox } from "./view.js";

/** @typedef {{x0: number, y0: number, x1: number, y1: number}} Box image pixels, ends exclusive */

/** Room around a place, as a share of it, so that its surroundings are seen. */
const SURROUNDINGS = 0.5;
/** At least so many image pixels are seen around a small place: of a speck alone nobody would know where it is. */
const SMALLEST_SIDE_PX = 100;

/** Brings a place to the middle of the view. @param {Pick<Store, "view">} store @param {Box} box */
export function lookAt({ view }, { x0, y0, x1, y1 }) {
  const side = Math.max(x1 - x0, y1 - y0);
  const margin = Math.max(SURROUNDINGS * side, (SMALLEST_SIDE_PX - side) / 2);
  view.value = fitBox(view.peek(), { x0: x0 - margin, y0: y0 - margin, x1: x1 + margin, y1: y1 + margin });
}

/**
 * Goes to the next or previous of several places, around at the ends.
 * @param {Pick<Store, "view">} store @param {Signal<number>} at index of the one that is looked at, -1 for none
 * @param {Box[]} boxes @param {1 | -1} way
 */
export function walk(store, at, boxes, way) {
  if (!boxes.length) return;
  const from = at.peek() < 0 && way < 0 ? 0 : at.peek();
  at.value = (from + way + boxes.length) % boxes.length;
  lookAt(store, boxes[at.peek()]);
}
