/** @import {Notices} from "../notices.js" */
/** @import {Store, Toast} from "../store.js" */
import { effect } from "@preact/signals-core";
import { t, tn } from "../i18n.js";
import { byId, h, icon } from "./dom.js";
import { KeyedNodes } from "./keyed_nodes.js";

/** The newest so many are shown; those before them come again as these go. */
const MOST_AT_ONCE = 4;
/** Stands for the id of a toast in what tells of those that are not shown. */
const MORE = 0;

/** @typedef {{more: number}} More toasts besides those that are shown */

/** @param {Store} store @param {Notices} notices */
export function mountToasts(store, notices) {
  /** @type {number | null} the toast under the pointer */
  let under = null;
  const nodes = new KeyedNodes(byId("toasts"), {
    keyOf: (/** @type {Toast | More} */ item) => ("more" in item ? MORE : item.id),
    signOf: (item) => ("more" in item ? String(item.more) : ""),
    make: (item) => ("more" in item ? moreNode(item, notices) : toastNode(item, notices, () => settle(item.id))),
    takeFocus: () => byId("stage").focus({ preventScroll: true }),
  });
  const settle = (/** @type {number} */ id) => {
    const isRead = under === id || nodes.shown.get(id)?.node.contains(document.activeElement);
    if (isRead) notices.hold(id);
    else notices.release(id);
  };
  effect(() => {
    const toasts = store.toasts.value;
    const more = toasts.length - MOST_AT_ONCE;
    nodes.show([...(more > 0 ? [{ more }] : []), ...toasts.slice(-MOST_AT_ONCE)]);
  });
  // Their text lets the pointer through to the image, so nobody tells when it is over one; drawing is no reading.
  window.addEventListener("pointermove", ({ clientX, clientY, buttons }) => {
    if (under === null && !nodes.shown.size) return;
    const before = under;
    under = null;
    for (const [id, { node }] of nodes.shown) if (!buttons && isInside(node, clientX, clientY)) under = id;
    if (before === under) return;
    if (before !== null) settle(before);
    if (under !== null) settle(under);
  });
}

/** @param {More} of @param {Notices} notices */
function moreNode({ more }, notices) {
  return h(
    "div",
    { className: "toast more" },
    h("span", {}, tn("{count} more message", "{count} more messages", more)),
    h("button", { type: "button", className: "button", onclick: () => notices.dismissAll() }, t("Dismiss all")),
  );
}

/** @param {Toast} toast @param {Notices} notices @param {() => void} onFocus when the focus came or went */
function toastNode(toast, notices, onFocus) {
  const dismiss = () => notices.dismiss(toast.id);
  const { action } = toast;
  const act = () => {
    action?.run();
    dismiss();
  };
  return h(
    "div",
    {
      className: `toast ${toast.tone}`,
      role: toast.tone === "error" ? "alert" : "status",
      onfocusin: onFocus,
      onfocusout: onFocus,
    },
    h("span", {}, toast.text),
    action ? h("button", { type: "button", className: "button", onclick: act }, action.label) : null,
    h(
      "button",
      { type: "button", className: "button icon-only small", aria: { label: t("Dismiss") }, onclick: dismiss },
      icon("x"),
    ),
  );
}

/** @param {HTMLElement} node @param {number} x @param {number} y CSS pixels of the window */
function isInside(node, x, y) {
  const { left, top, right, bottom } = node.getBoundingClientRect();
  return x >= left && x < right && y >= top && y < bottom;
}
