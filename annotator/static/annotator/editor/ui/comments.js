/** @import {Notices} from "../notices.js" */
/** @import {Comment} from "../types.js" */
/** @import {Store} from "../store.js" */
/** @import {Api} from "../api.js" */
import { effect } from "@preact/signals-core";
import { t, tn } from "../i18n.js";
import { keyLabel } from "../input/keymap.js";
import { byId, h, icon, show } from "./dom.js";
import { KeyedNodes } from "./keyed_nodes.js";
import { panelSection } from "./section.js";

/**
 * Comments pinned to points of the image: pins over it and the list in the panel.
 * @param {Store} store @param {Notices} notices @param {Api} api
 */
export function commentsPanel(store, notices, api) {
  const list = h("ul", { className: "rows", role: "list" });
  const count = h("span", { className: "figure" });
  const section = panelSection("comments", t("Comments"), { extras: [count] }, list);
  const rows = new KeyedNodes(list, {
    keyOf: (/** @type {Comment} */ { id }) => id,
    signOf: shownOf,
    make: (comment, i) => commentRow(store, notices, api, comment, i + 1),
    takeFocus,
  });
  effect(() => {
    const comments = store.comments.value;
    const open = comments.filter(({ resolved }) => !resolved).length;
    section.hidden = !comments.length;
    count.textContent = tn("{count} open", "{count} open", open);
    rows.show(comments);
  });
  mountPins(store);
  mountForm(store, notices, api);
  return section;
}

/** @param {Comment} comment @param {number} i */
const shownOf = ({ text, author, resolved, x, y }, i) => JSON.stringify([i, text, author, resolved, x, y]);

const takeFocus = () => byId("stage").focus({ preventScroll: true });

/** @param {Store} store @param {Notices} notices @param {Api} api @param {Comment} comment @param {number} number */
function commentRow(store, notices, api, comment, number) {
  const verb = comment.resolved ? t("Open again") : t("Resolve");
  return h(
    "li",
    { className: comment.resolved ? "comment resolved" : "comment" },
    h(
      "button",
      { type: "button", className: "row tall", title: t("Go to the point"), onclick: () => goTo(store, comment) },
      h("span", { className: "pin-number" }, String(number)),
      h("span", { className: "text" }, comment.text, h("small", {}, comment.author)),
    ),
    h(
      "button",
      {
        type: "button",
        className: "button icon-only small",
        title: verb,
        aria: { label: `${verb}: ${comment.text}` },
        onclick: () =>
          notices.attempt(async () => {
            await api.toggleComment(comment.id);
            store.comments.value = store.comments.value.map((other) =>
              other.id === comment.id ? { ...other, resolved: !other.resolved } : other,
            );
          }),
      },
      icon(comment.resolved ? "undo-2" : "check"),
    ),
  );
}

/** @param {Store} store @param {{x: number, y: number, id: number}} comment */
function goTo(store, comment) {
  const view = store.view.value;
  store.openCommentId.value = comment.id;
  store.view.value = {
    ...view,
    x: Math.round(view.width / 2 - (comment.x + 0.5) * view.scale),
    y: Math.round(view.height / 2 - (comment.y + 0.5) * view.scale),
  };
}

/** @param {Store} store */
function mountPins(store) {
  const layer = byId("pins");
  const isOpen = (/** @type {Comment} */ { id }) => store.openCommentId.value === id;
  const pins = new KeyedNodes(layer, {
    keyOf: (/** @type {Comment} */ { id }) => id,
    signOf: (comment, i) => `${isOpen(comment)} ${shownOf(comment, i)}`,
    make: (comment, i) => pinOf(store, comment, i + 1, isOpen(comment)),
    takeFocus,
  });
  effect(() => {
    pins.show(store.comments.value);
    place(store, layer);
  });
  effect(() => {
    void store.view.value;
    place(store, layer);
  });
}

/** @param {Store} store @param {Comment} comment @param {number} number @param {boolean} isOpen */
function pinOf(store, comment, number, isOpen) {
  const { id, text, author, resolved } = comment;
  return h(
    "button",
    {
      type: "button",
      className: resolved ? "pin resolved" : "pin",
      title: `${author}: ${text}`,
      aria: { label: t("Comment {number} by {author}: {text}", { number, author, text }), expanded: isOpen },
      onclick: () => (store.openCommentId.value = isOpen ? null : id),
    },
    String(number),
    isOpen ? h("span", { className: "bubble" }, text, h("small", {}, author)) : null,
  );
}

/** @param {Store} store @param {HTMLElement} layer */
function place(store, layer) {
  const { scale, x, y, ratio } = store.view.value;
  store.comments.value.forEach((comment, i) => {
    const pin = /** @type {HTMLElement | undefined} */ (layer.children[i]);
    if (!pin) return;
    pin.style.left = `${((comment.x + 0.5) * scale + x) / ratio}px`;
    pin.style.top = `${((comment.y + 0.5) * scale + y) / ratio}px`;
  });
}

/** The bubble in which a new comment is written. @param {Store} store @param {Notices} notices @param {Api} api */
function mountForm(store, notices, api) {
  const text = h("textarea", {
    rows: 3,
    required: true,
    maxLength: 2000,
    placeholder: t("What should be different here?"),
    aria: { label: t("Comment") },
  });
  const close = () => (store.draftPin.value = null);
  const form = h(
    "form",
    { className: "bubble form" },
    text,
    h(
      "div",
      { className: "buttons" },
      h("button", { type: "button", className: "button", onclick: close }, t("Cancel")),
      h("button", { type: "submit", className: "button primary", title: keyLabel("Ctrl+Enter") }, t("Pin comment")),
    ),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const pin = store.draftPin.value;
    const image = store.image.value;
    if (!pin || !image || !text.value.trim()) return;
    void notices.attempt(async () => {
      const comment = await api.addComment(image.id, { ...pin, text: text.value.trim() });
      store.comments.value = [...store.comments.value, comment];
      close();
    });
  });
  form.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape") close();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  byId("stage").parentElement?.append(form);
  effect(() => {
    const pin = store.draftPin.value;
    const { scale, x, y, ratio, width, height } = store.view.value;
    show(form, pin !== null);
    if (!pin) return;
    form.style.left = `${Math.min(((pin.x + 0.5) * scale + x) / ratio, width / ratio - 260)}px`;
    form.style.top = `${Math.min(((pin.y + 0.5) * scale + y) / ratio, height / ratio - 150)}px`;
  });
  effect(() => {
    if (!store.draftPin.value) return;
    text.value = "";
    text.focus();
  });
}
