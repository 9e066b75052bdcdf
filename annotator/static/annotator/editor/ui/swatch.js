/** @import {Store} from "../store.js" */
import { effect } from "@preact/signals-core";
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
  const hatch = store.classHatches.value.get(classId);
  if (hatch) element.dataset.hatch = String(hatch);
  else delete element.dataset.hatch;
}
