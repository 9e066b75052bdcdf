/** @import {Store} from "../store.js" */
import { effect } from "@preact/signals-core";
import { t } from "../i18n.js";
import { h, icon } from "./dom.js";

/**
 * A dialog that is open while `store.shownDialog` has its name.
 * @param {Store} store
 * @param {NonNullable<Store["shownDialog"]["value"]>} name
 * @param {string} title
 * @param {{canClose?: boolean}} look whether it may be closed without an answer
 * @param {...Node} content
 */
export function dialog(store, name, title, { canClose = true }, ...content) {
  const close = () => {
    if (store.dialog.value === name) store.dialog.value = null;
  };
  // Also comes when another dialog covered this one, and when the browser closed one that waits for an answer.
  const onclose = () => {
    if (store.shownDialog.value !== name || element.open) return;
    if (canClose) close();
    else element.showModal();
  };
  const element = h(
    "dialog",
    { className: `dialog ${name}`, aria: { label: title }, onclose },
    h("header", {}, h("h1", {}, title), canClose ? closeButton(close) : null),
    ...content,
  );
  if (!canClose) element.addEventListener("cancel", (event) => event.preventDefault());
  document.body.append(element);
  const focus = focusBefore(store);
  focus.dialogs.push(element);
  let isShown = false;
  effect(() => {
    const shown = store.shownDialog.value;
    if (shown === name) {
      if (!isShown) focus.remember();
      if (!element.open) element.showModal();
    } else {
      if (element.open) element.close();
      if (isShown && !shown) focus.giveBack();
    }
    isShown = shown === name;
  });
  return element;
}

/** @type {WeakMap<Store, FocusBefore>} */
const focuses = new WeakMap();

/** @param {Store} store */
function focusBefore(store) {
  const known = focuses.get(store) ?? new FocusBefore();
  focuses.set(store, known);
  return known;
}

/**
 * Where the focus was before the first of a row of dialogs: browsers know that of a single one only, and lose it where
 * one dialog covered another.
 */
class FocusBefore {
  constructor() {
    /** @type {HTMLElement[]} */
    this.dialogs = [];
    /** @type {HTMLElement | null} */
    this.place = null;
  }

  remember() {
    if (!this.place && !this.isLost) this.place = /** @type {HTMLElement | null} */ (document.activeElement);
  }

  giveBack() {
    const { place } = this;
    this.place = null;
    if (place && this.isLost) place.focus({ preventScroll: true });
  }

  /** Whether the focus is nowhere, or in a dialog. */
  get isLost() {
    const { activeElement, body } = document;
    return activeElement === body || this.dialogs.some((element) => element.contains(activeElement));
  }
}

/** @param {() => void} close */
function closeButton(close) {
  return h(
    "button",
    { type: "button", className: "button icon-only", aria: { label: t("Close") }, onclick: close },
    icon("x"),
  );
}
