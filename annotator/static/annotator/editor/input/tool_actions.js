/** @import {Action, ActionPorts} from "./actions.js" */
import { t } from "../i18n.js";
import { TOOLS } from "../tools/registry.js";

/** @type {[string, string, number, number][]} */
const WAYS = [
  ["left", "Left", -1, 0],
  ["right", "Right", 1, 0],
  ["up", "Up", 0, -1],
  ["down", "Down", 0, 1],
];
const FAR_PX = 20;
const TOLERANCE_STEP = 2;
export const BRUSH_RANGE_PX = { min: 1, max: 2000 };
export const TOLERANCE_RANGE = { min: 0, max: 100 };
const SIZE_STEP = 1.15;

/** @param {ActionPorts} ports @returns {Action[]} */
export function toolActions(ports) {
  return [...chooseActions(ports), ...optionActions(ports), ...nudgeActions(ports)];
}

/** @param {ActionPorts} ports @returns {Action[]} */
function chooseActions({ store, mode }) {
  return mode.tools.map((name) => ({
    name: `tool:${name}`,
    label: TOOLS[name].label,
    keys: [TOOLS[name].key],
    group: "Tools",
    run: () => (store.toolName.value = name),
    isEnabled: () => !TOOLS[name].writes || !store.isReadOnly.value,
  }));
}

/** @param {ActionPorts} ports @returns {Action[]} */
function optionActions({ store }) {
  const resize = (/** @type {1 | -1} */ way) => () => {
    if (store.toolName.value === "wand") {
      store.tolerance.value = clamp(store.tolerance.value + way * TOLERANCE_STEP, TOLERANCE_RANGE);
      return;
    }
    const size = store.brushPx.value;
    const next = way > 0 ? Math.max(size + 1, Math.round(size * SIZE_STEP)) : Math.min(size - 1, size / SIZE_STEP);
    store.brushPx.value = clamp(Math.round(next), BRUSH_RANGE_PX);
  };
  return [
    {
      name: "brush-smaller",
      label: t("Smaller brush, or less tolerance"),
      keys: ["["],
      group: "Tools",
      run: resize(-1),
    },
    { name: "brush-bigger", label: t("Bigger brush, or more tolerance"), keys: ["]"], group: "Tools", run: resize(1) },
    {
      name: "brush-shape",
      label: t("Round or square brush"),
      keys: ["Shift+B"],
      group: "Tools",
      run: () => (store.brushShape.value = store.brushShape.value === "round" ? "square" : "round"),
    },
    {
      name: "pressure",
      label: t("Pen pressure sets the size, on or off"),
      keys: ["Shift+P"],
      group: "Tools",
      run: () => (store.isPressureOn.value = !store.isPressureOn.value),
    },
    {
      name: "paint-over",
      label: t("What may be painted over: the next choice"),
      keys: ["Y"],
      group: "Tools",
      run: () => (store.paintOver.value = after(PAINT_OVER, store.paintOver.value)),
    },
    {
      name: "polygon-mode",
      label: t("Outlines add or subtract"),
      keys: ["Shift+X"],
      group: "Tools",
      run: () => (store.polygonMode.value = store.polygonMode.value === "add" ? "subtract" : "add"),
    },
    {
      name: "contiguous",
      label: t("Wand: connected pixels only, or all alike"),
      keys: ["Shift+W"],
      group: "Tools",
      run: () => (store.isContiguous.value = !store.isContiguous.value),
    },
    {
      name: "superpixel-scale",
      label: t("Superpixels: the next scale"),
      keys: ["Shift+S"],
      group: "Tools",
      run: () => (store.superpixelScale.value = after(SUPERPIXEL_SCALES, store.superpixelScale.value)),
    },
  ];
}

/** @type {("everything" | "unlabelled" | "class" | "stencil")[]} */
const PAINT_OVER = ["everything", "unlabelled", "class", "stencil"];
/** @type {("fine" | "medium" | "coarse")[]} */
const SUPERPIXEL_SCALES = ["fine", "medium", "coarse"];

/** @param {ActionPorts} ports @returns {Action[]} */
function nudgeActions({ pointers }) {
  const near = [t("Move the tool left"), t("Move the tool right"), t("Move the tool up"), t("Move the tool down")];
  const far = [
    t("Move the tool far left"),
    t("Move the tool far right"),
    t("Move the tool far up"),
    t("Move the tool far down"),
  ];
  return [
    ...WAYS.map(
      ([way, arrow, dx, dy], i) =>
        /** @type {Action} */ ({
          name: `tool-${way}`,
          label: near[i],
          keys: [`Shift+Arrow${arrow}`],
          group: "Keyboard",
          run: () => pointers.nudge(dx, dy),
        }),
    ),
    ...WAYS.map(
      ([way, arrow, dx, dy], i) =>
        /** @type {Action} */ ({
          name: `tool-far-${way}`,
          label: far[i],
          keys: [`Ctrl+Shift+Arrow${arrow}`],
          group: "Keyboard",
          run: () => pointers.nudge(dx * FAR_PX, dy * FAR_PX),
        }),
    ),
    {
      name: "press",
      label: t("Press the tool down, or lift it"),
      keys: ["."],
      group: "Keyboard",
      run: () => pointers.press(),
    },
  ];
}

/** @template T @param {T[]} list @param {T} value @returns {T} */
function after(list, value) {
  return list[(list.indexOf(value) + 1) % list.length];
}

/** @param {number} value @param {{min: number, max: number}} range */
function clamp(value, { min, max }) {
  return Math.min(Math.max(value, min), max);
}
