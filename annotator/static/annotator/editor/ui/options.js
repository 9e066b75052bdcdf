/** @import {Action} from "../input/actions.js" */
/** @import {Store} from "../store.js" */
import { effect } from "@preact/signals-core";
import { t } from "../i18n.js";
import { BRUSH_RANGE_PX } from "../input/tool_size.js";
import { beginsNew, takesAway } from "../target.js";
import { fromPosition, TOLERANCE_RANGE, toPosition } from "../tolerance.js";
import { TOOLS } from "../tools/registry.js";
import { withKeys } from "./buttons.js";
import { checkbox, choice, numberSlider } from "./controls.js";
import { show } from "./dom.js";
import { panelSection } from "./section.js";

/** The options of the tool in use. @param {Store} store @param {Map<string, Action>} actions */
export function optionsPanel(store, actions) {
  const parts = [
    brushSize(store),
    brushShape(store, actions),
    pressure(store, actions),
    objectMode(store, actions),
    outlineMode(store, actions),
    tolerance(store),
    contiguous(store, actions),
    wandSample(store, actions),
    wandGrain(store, actions),
    superpixelScale(store, actions),
    paintOver(store, actions),
    paintOverClass(store),
  ];
  const section = panelSection("options", t("Tool options"), {}, ...parts.map(({ row }) => row));
  effect(() => {
    const name = store.toolName.value;
    for (const { row, isFor } of parts) row.hidden = !isFor(name);
    show(section, parts.some(({ row }) => !row.hidden));
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

/**
 * Whether the next object is a new one.
 * @param {Store} store @param {Map<string, Action>} actions
 */
function objectMode(store, actions) {
  const [fresh, extend] = ["new-object", "extend-object"].map((name) => actions.get(name));
  const mode = choice(
    t("Object"),
    [
      ["new", t("new")],
      ["extend", ""],
    ],
    (value) => (value === "new" ? fresh : extend)?.run(),
    { title: ["new-object", "extend-object"].map((name) => keysOf(actions, name)).join("\n"), isStacked: true },
  );
  const [, extended] = mode.row.querySelectorAll("option");
  effect(() => {
    const id = store.segmentId.value;
    extended.textContent = id === null ? t("extends the selected one") : t("extends #{id}", { id });
    extended.disabled = id === null;
    mode.show(beginsNew(store) ? "new" : "extend");
  });
  const isThing = () => store.classById.get(store.classId.value ?? -1)?.kind === "thing";
  const draws = (/** @type {string} */ name) => TOOLS[name].writes && name !== "eraser" && name !== "knife";
  return { row: mode.row, isFor: (/** @type {string} */ name) => draws(name) && isThing() && !takesAway(store) };
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
  effect(() => {
    mode.show(store.polygonMode.value);
    mode.row.classList.toggle("takes", store.polygonMode.value === "subtract");
  });
  return { row: mode.row, isFor: (/** @type {string} */ name) => TOOLS[name].canSubtract === true };
}

/** Quadratic: fine where tolerances are small. @param {Store} store */
function tolerance(store) {
  const range = numberSlider(
    t("Tolerance"),
    {
      slider: { min: 0, max: toPosition(TOLERANCE_RANGE.max), step: 0.05 },
      field: { ...TOLERANCE_RANGE, step: 0.1 },
      unit: "",
    },
    { toSlider: toPosition, fromSlider: fromPosition },
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
function wandSample(store, actions) {
  const sample = choice(
    t("Sample"),
    /** @type {["1" | "3" | "5", string][]} */ ([
      ["1", "1 px"],
      ["3", "3 × 3 px"],
      ["5", "5 × 5 px"],
    ]),
    (value) => (store.samplePx.value = /** @type {1 | 3 | 5} */ (Number(value))),
    { title: keysOf(actions, "wand-sample") },
  );
  effect(() => void sample.show(/** @type {"1" | "3" | "5"} */ (String(store.samplePx.value))));
  return { row: sample.row, isFor: (/** @type {string} */ name) => name === "wand" };
}

/** @param {Store} store @param {Map<string, Action>} actions */
function wandGrain(store, actions) {
  const grain = choice(
    t("Smooth holes, specks"),
    /** @type {["0" | "100" | "1000", string][]} */ ([
      ["0", t("none")],
      ["100", t("below 100 px")],
      ["1000", t("below 1,000 px")],
    ]),
    (value) => (store.grainPixels.value = /** @type {0 | 100 | 1000} */ (Number(value))),
    { title: keysOf(actions, "wand-grain"), isStacked: true },
  );
  effect(() => void grain.show(/** @type {"0" | "100" | "1000"} */ (String(store.grainPixels.value))));
  return { row: grain.row, isFor: (/** @type {string} */ name) => name === "wand" };
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
      ["visible", t("what is visible")],
      ["unlabelled", t("unlabelled only")],
      ["class", t("chosen class only")],
      ["stencil", t("prediction stencil")],
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
