/** @import {Action, ActionPorts} from "./actions.js" */
import { t } from "../i18n.js";
import { TOOL_GROUPS, TOOLS } from "../tools/registry.js";
import { PAINT_OVER } from "../write_mode.js";
import { resizeTool } from "./tool_size.js";

/** @type {[string, string, number, number][]} */
const WAYS = [
  ["left", "Left", -1, 0],
  ["right", "Right", 1, 0],
  ["up", "Up", 0, -1],
  ["down", "Down", 0, 1],
];
const FAR_PX = 20;

/** @param {ActionPorts} ports @returns {Action[]} */
export function toolActions(ports) {
  return [...chooseActions(ports), ...optionActions(ports), ...nudgeActions(ports)];
}

/** @param {ActionPorts} ports @returns {Action[]} */
function chooseActions({ store, mode }) {
  const names = mode.toolGroups.flatMap((group) => TOOL_GROUPS[group].tools);
  return names.map((name) => ({
    name: `tool:${name}`,
    label: TOOLS[name].label,
    keys: [TOOLS[name].key],
    group: "Tools",
    run: () => (store.toolName.value = name),
    isEnabled: () => (name === "comment" ? store.config.user.can_label : !TOOLS[name].writes || !store.isReadOnly.value),
    whyNot: () => (name === "comment" ? t("Comments are written by those who may label.") : ""),
  }));
}

/** @param {ActionPorts} ports @returns {Action[]} */
function optionActions({ store }) {
  const resize = (/** @type {1 | -1} */ way) => () => resizeTool(store, way);
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
      label: t("Outlines and proposals add or subtract"),
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
      name: "wand-sample",
      label: t("Wand: the next size of the sample"),
      keys: ["Alt+W"],
      group: "Tools",
      run: () => (store.samplePx.value = after(SAMPLES_PX, store.samplePx.value)),
    },
    {
      name: "wand-grain",
      label: t("Wand: the next size of holes and specks to smooth away"),
      keys: ["Alt+Shift+W"],
      group: "Tools",
      run: () => (store.grainPixels.value = after(GRAIN_PIXELS, store.grainPixels.value)),
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

/** @type {(1 | 3 | 5)[]} */
const SAMPLES_PX = [1, 3, 5];
/** @type {(0 | 100 | 1000)[]} */
const GRAIN_PIXELS = [0, 100, 1000];
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

/** @template T @param {readonly T[]} list @param {T} value @returns {T} */
function after(list, value) {
  return list[(list.indexOf(value) + 1) % list.length];
}
