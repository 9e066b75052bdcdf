/** @import {Action} from "../input/actions.js" */
/** @import {Store} from "../store.js" */
import { effect } from "@preact/signals-core";
import { t } from "../i18n.js";
import { BRUSH_RANGE_PX, TOLERANCE_RANGE } from "../input/tool_actions.js";
import { TOOLS } from "../tools/registry.js";
import { withKeys } from "./buttons.js";
import { checkbox, choice, numberSlider } from "./controls.js";
import { h } from "./dom.js";
import { panelSection } from "./section.js";

const OUTLINE_TOOLS = ["polygon", "rectangle", "ellipse", "livewire", "wand", "grabcut", "assist"];

/** The options of the tool in use. @param {Store} store @param {Map<string, Action>} actions */
export function optionsPanel(store, actions) {
  const parts = [
    brushSize(store),
    brushShape(store, actions),
    pressure(store, actions),
    outlineMode(store, actions),
    tolerance(store),
    contiguous(store, actions),
    superpixelScale(store, actions),
    paintOver(store, actions),
    paintOverClass(store),
  ];
  const none = h("p", { className: "note" }, t("This tool has no options."));
  const section = panelSection("options", t("Tool options"), {}, ...parts.map(({ row }) => row), none);
  effect(() => {
    const name = store.toolName.value;
    for (const { row, isFor } of parts) row.hidden = !isFor(name);
    none.hidden = parts.some(({ row }) => !row.hidden);
  });
  return section;
}

const isBrush = (/** @type {string} */ name) => TOOLS[name].cursor === "brush";

/** Logarithmic: 1 to 2,000 px in eleven doublings, fine where brushes are small. @param {Store} store */
function brushSize(store) {
  const size = numberSlider(
    t("Size"),
    { slider: { min: 0, max: Math.log2(BRUSH_RANGE_PX.max), step: 0.02 }, field: BRUSH_RANGE_PX, unit: "px" },
    { toSlider: Math.log2, fromSlider: (position) => Math.round(2 ** position) },
    (value) => (store.brushPx.value = value),
  );
  effect(() => size.show(store.brushPx.value));
  return { row: size.row, isFor: isBrush };
}

/** @param {Store} store @param {Map<string, Action>} actions */
function brushShape(store, actions) {
  const shape = choice(
    t("Shape"),
    [
      ["round", t("round")],
      ["square", t("square")],
    ],
    (value) => (store.brushShape.value = value),
    { title: keysOf(actions, "brush-shape") },
  );
  effect(() => void shape.show(store.brushShape.value));
  return { row: shape.row, isFor: isBrush };
}

/** @param {Store} store @param {Map<string, Action>} actions */
function pressure(store, actions) {
  const box = checkbox(
    t("Pen pressure"),
    () => (store.isPressureOn.value = !store.isPressureOn.value),
    keysOf(actions, "pressure"),
  );
  effect(() => void box.show(store.isPressureOn.value));
  return { row: box.row, isFor: isBrush };
}

/** @param {Store} store @param {Map<string, Action>} actions */
function outlineMode(store, actions) {
  const mode = choice(
    t("Outline"),
    [
      ["add", t("adds")],
      ["subtract", t("subtracts")],
    ],
    (value) => (store.polygonMode.value = value),
    { title: keysOf(actions, "polygon-mode") },
  );
  effect(() => void mode.show(store.polygonMode.value));
  return { row: mode.row, isFor: (/** @type {string} */ name) => OUTLINE_TOOLS.includes(name) };
}

/** @param {Store} store */
function tolerance(store) {
  const same = (/** @type {number} */ value) => value;
  const range = numberSlider(
    t("Tolerance"),
    { slider: { ...TOLERANCE_RANGE, step: 1 }, field: TOLERANCE_RANGE, unit: "" },
    { toSlider: same, fromSlider: same },
    (value) => (store.tolerance.value = value),
  );
  effect(() => range.show(store.tolerance.value));
  return { row: range.row, isFor: (/** @type {string} */ name) => name === "wand" };
}

/** @param {Store} store @param {Map<string, Action>} actions */
function contiguous(store, actions) {
  const box = checkbox(
    t("Connected only"),
    () => (store.isContiguous.value = !store.isContiguous.value),
    keysOf(actions, "contiguous"),
  );
  effect(() => void box.show(store.isContiguous.value));
  return { row: box.row, isFor: (/** @type {string} */ name) => name === "wand" };
}

/** @param {Store} store @param {Map<string, Action>} actions */
function superpixelScale(store, actions) {
  const scale = choice(
    t("Superpixels"),
    [
      ["fine", t("fine")],
      ["medium", t("medium")],
      ["coarse", t("coarse")],
    ],
    (value) => (store.superpixelScale.value = value),
    { title: keysOf(actions, "superpixel-scale") },
  );
  effect(() => void scale.show(store.superpixelScale.value));
  return { row: scale.row, isFor: (/** @type {string} */ name) => name === "superpixel" };
}

/** @param {Store} store @param {Map<string, Action>} actions */
function paintOver(store, actions) {
  const over = choice(
    t("Paint over"),
    [
      ["everything", t("everything")],
      ["unlabelled", t("unlabelled only")],
      ["class", t("chosen class only")],
      ["stencil", t("prediction as stencil")],
    ],
    (value) => (store.paintOver.value = value),
    { title: keysOf(actions, "paint-over"), isStacked: true },
  );
  over.row.id = "paint-over";
  effect(() => void over.show(store.paintOver.value));
  return { row: over.row, isFor: (/** @type {string} */ name) => TOOLS[name].writes };
}

/** Which class "chosen class only" means. @param {Store} store */
function paintOverClass(store) {
  const which = choice(
    t("Chosen class"),
    /** @type {[string, string][]} */ ([
      ["", t("the one where a stroke begins")],
      ...store.classes.map(({ id, name }) => [String(id), name]),
    ]),
    (value) => (store.paintOverClassId.value = value === "" ? null : Number(value)),
    { isStacked: true },
  );
  effect(() => void which.show(String(store.paintOverClassId.value ?? "")));
  const isFor = (/** @type {string} */ name) => TOOLS[name].writes && store.paintOver.value === "class";
  return { row: which.row, isFor };
}

/** @param {Map<string, Action>} actions @param {string} name */
function keysOf(actions, name) {
  const action = actions.get(name);
  return action ? withKeys(action.label, action.keys) : "";
}
