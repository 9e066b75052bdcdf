/** @import {Action} from "../input/actions.js" */
/** @import {Preferences} from "../input/preferences.js" */
/** @import {Store} from "../store.js" */
import { effect } from "@preact/signals-core";
import { t } from "../i18n.js";
import { keyClashes } from "../input/keymap.js";
import { dialog } from "./dialog.js";
import { h } from "./dom.js";
import { KeyRow } from "./key_row.js";

/** More of them would bury the other keys, and are folded away. */
const FEW_CLASSES = 9;

/**
 * The whole map of keys, searchable, where each can be changed.
 * @param {Store} store
 * @param {Action[]} actions
 * @param {Preferences} preferences
 */
export function mountKeys(store, actions, preferences) {
  const rows = actions.map((action) => new KeyRow(action, actions, preferences));
  const search = h("input", {
    type: "search",
    autofocus: true,
    placeholder: t("Search an action or a key"),
    aria: { label: t("Search an action or a key") },
  });
  const none = h("p", { className: "note", role: "status" });
  const clashes = h("p", { className: "problem", role: "alert" });
  const ofClasses = rows.filter(({ action }) => isClass(action));
  const sections = groupTitles().map(([group, title]) => {
    const own = rows.filter(({ action }) => action.group === group && !isClass(action));
    return h("section", {}, h("h2", {}, title), listOf(own));
  });
  const classes = h("details", {}, h("summary", {}, t("Classes")), listOf(ofClasses));
  const resetAll = h(
    "button",
    { type: "button", className: "button", onclick: () => preferences.reset() },
    t("Usual keys for all"),
  );
  const element = dialog(
    store,
    "keys",
    t("All keys"),
    {},
    h("div", { className: "key-search" }, search, resetAll),
    clashes,
    none,
    h("div", { className: "columns" }, ...sections, fixedKeys(), h("section", {}, classes)),
  );
  const thinOut = () => {
    const words = search.value.trim().toLowerCase().split(/\s+/);
    for (const row of rows) row.element.hidden = !words.every((word) => row.text.includes(word));
    classes.open = search.value !== "" || ofClasses.length <= FEW_CLASSES;
    for (const section of element.querySelectorAll("section"))
      section.hidden = !section.querySelector("li:not([hidden])") || (section.matches(".fixed") && search.value !== "");
    none.textContent = rows.every((row) => row.element.hidden) ? t("No action is called that.") : "";
  };
  search.addEventListener("input", thinOut);
  element.addEventListener("close", () => {
    search.value = "";
    for (const row of rows) row.rest();
    thinOut();
  });
  thinOut();
  effect(() => {
    resetAll.disabled = !Object.keys(preferences.keymap).length;
    clashes.textContent = keyClashes(actions)
      .map(({ key, labels }) => t("{key} is bound to more than one: {labels}.", { key, labels: labels.join(", ") }))
      .join(" ");
  });
}

/** @param {Action} action */
function isClass({ name }) {
  return name.startsWith("class:");
}

/** @param {KeyRow[]} rows */
function listOf(rows) {
  return h("ul", { role: "list" }, ...rows.map(({ element }) => element));
}

/** @returns {[Action["group"], string][]} */
function groupTitles() {
  return [
    ["Tools", t("Tools")],
    ["Labels", t("Labels")],
    ["Segments", t("Chosen segments")],
    ["Look", t("What is shown")],
    ["View", t("View")],
    ["Image", t("Image")],
    ["Keyboard", t("Drawing by keyboard")],
  ];
}

/** What pointers and tools do, which is not to be changed. */
function fixedKeys() {
  const rows = [
    [t("Click, drag"), t("Paint, outline, or show what belongs to the object")],
    [t("Right button"), t("The opposite: erase, subtract, or show what does not belong to it")],
    [t("Shift + click"), t("As the right button; with brush and eraser a line, with the picker one segment more")],
    [t("Ctrl + click"), t("Begin a box with click-to-segment and GrabCut")],
    [t("Alt + click"), t("Pick the label under the pointer, and extend that object")],
    [t("Wheel, or two fingers"), t("Zoom and move the view")],
    [t("Shift + wheel"), t("Move the view sideways")],
    [t("Alt + wheel"), t("Size of the brush, tolerance of the wand")],
    [t("Space + drag"), t("Move the view")],
    [t("Enter"), t("Close an outline, accept a proposal")],
    [t("Shift + Enter"), t("The same, with adding and subtracting swapped")],
    [t("Backspace"), t("Take the last point back")],
    [t("Esc"), t("Give up an outline or a proposal")],
    ["F6", t("Go from the image to tools, panel and top bar")],
  ];
  return h(
    "section",
    { className: "fixed" },
    h("h2", {}, t("Pointer and focus")),
    h(
      "ul",
      { role: "list" },
      ...rows.map(([key, label]) => h("li", { className: "key-row" }, h("span", {}, label), h("kbd", {}, key))),
    ),
  );
}
