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
  effect(() => {
    const isShown = store.shownDialog.value === name;
    if (isShown && !element.open) element.showModal();
    else if (!isShown && element.open) element.close();
  });
  return element;
}

/** @param {() => void} close */
function closeButton(close) {
  return h(
    "button",
    { type: "button", className: "button icon-only", aria: { label: t("Close") }, onclick: close },
    icon("x"),
  );
}
