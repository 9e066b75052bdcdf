/** @import {Action} from "../input/actions.js" */
/** @import {LabelClass} from "../types.js" */
/** @import {Session} from "../session.js" */
/** @import {Store} from "../store.js" */
import { effect } from "@preact/signals-core";
import { keyLabel } from "../input/keymap.js";
import { actionButton, heading } from "./buttons.js";
import { h, icon } from "./dom.js";

/**
 * The classes with their colours, shortcuts and visibility.
 * @param {Store} store @param {Map<string, Action>} actions @param {Session} session
 */
export function classesPanel(store, actions, session) {
  const list = h("ul", { className: "rows", role: "list" });
  for (const entry of store.classes) list.append(classRow(store, actions, entry));
  const share = h("span", { className: "figure", title: "Share of the image that has a label" });
  effect(() => {
    void store.labelsVersion.value;
    const map = session.document?.map;
    const labelled = map ? map.labelledPixels / (map.width * map.height) : 0;
    share.textContent = map
      ? `${labelled === 1 ? 100 : Math.min(99.9, labelled * 100).toFixed(labelled > 0.1 ? 0 : 1)} %`
      : "";
  });
  return h("section", { className: "shrink", aria: { label: "Classes" } }, heading("Classes", share), list);
}

/** @param {Store} store @param {Map<string, Action>} actions @param {LabelClass} entry */
function classRow(store, actions, entry) {
  const action = /** @type {Action} */ (actions.get(`class:${entry.id}`));
  const kind = entry.kind === "thing" ? "objects" : "area";
  const swatch = h("span", { className: "swatch" });
  swatch.style.backgroundColor = entry.color;
  const choose = h(
    "button",
    {
      type: "button",
      className: "row",
      onclick: action.run,
      title: `${entry.name} · ${kind}${entry.ignore ? " · ignored in training" : ""}${action.keys[0] ? ` (${keyLabel(action.keys[0])})` : ""}`,
    },
    h("kbd", { className: action.keys[0] ? "" : "none" }, action.keys[0] ?? ""),
    swatch,
    h("span", { className: "name" }, entry.name),
    entry.ignore ? h("span", { className: "mark" }, "ignored") : null,
  );
  const see = h("button", { type: "button", className: "button icon-only small" }, icon("eye"));
  see.addEventListener("click", () => {
    const hidden = new Set(store.hiddenClasses.value);
    if (!hidden.delete(entry.id)) hidden.add(entry.id);
    store.hiddenClasses.value = hidden;
  });
  effect(() => {
    const isHidden = store.hiddenClasses.value.has(entry.id);
    see.title = `${isHidden ? "Show" : "Hide"} ${entry.name}`;
    see.setAttribute("aria-label", see.title);
    see.setAttribute("aria-pressed", String(isHidden));
    see.replaceChildren(icon(isHidden ? "eye-off" : "eye"));
  });
  effect(() => choose.setAttribute("aria-pressed", String(store.classId.value === entry.id)));
  const isThing = entry.kind === "thing";
  const fresh = isThing ? actionButton(actions, "new-object", "plus") : null;
  if (fresh) {
    fresh.classList.add("small");
    effect(() => {
      fresh.hidden = store.classId.value !== entry.id;
    });
  }
  return h("li", { className: "class" }, choose, fresh, see);
}
