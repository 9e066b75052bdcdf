/** @import {Store} from "../store.js" */
import { effect } from "@preact/signals-core";
import { HATCHES } from "../renderer/palette.js";
import { h } from "./dom.js";

/** The colour of a class, hatched where classes are. @param {Store} store @param {number} classId */
export function swatch(store, classId) {
  const element = h("span", { className: "swatch" });
  effect(() => paintSwatch(element, store, classId));
  return element;
}

/** The same without following the store, for lists that are drawn anew. @param {Store} store @param {number} classId */
export function stillSwatch(store, classId) {
  const element = h("span", { className: "swatch" });
  paintSwatch(element, store, classId);
  return element;
}

/** @param {HTMLElement} element @param {Store} store @param {number} classId */
function paintSwatch(element, store, classId) {
  element.style.backgroundColor = store.classColors.value.get(classId) ?? "";
  const place = store.classes.findIndex(({ id }) => id === classId);
  if (store.isHatchingOn.value && place >= 0) element.dataset.hatch = String(1 + (place % HATCHES));
  else delete element.dataset.hatch;
}
