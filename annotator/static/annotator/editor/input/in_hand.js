/** @import {Mode} from "../modes/mode.js" */
/** @import {Store} from "../store.js" */
import { effect } from "@preact/signals-core";
import { TOOL_GROUPS, TOOLS } from "../tools/registry.js";
import { TOLERANCE_RANGE } from "../tolerance.js";
import { PAINT_OVER } from "../write_mode.js";
import { BRUSH_RANGE_PX } from "./tool_size.js";

/** @typedef {{tool?: string, classId?: number, options?: Record<string, unknown>}} InHand */

/**
 * Takes up what was in hand when this browser last had a page of the project open, and remembers it from now on.
 * @param {Store} store @param {Mode} mode @param {Pick<Storage, "getItem" | "setItem">} storage
 */
export function keepInHand(store, mode, storage) {
  const { project, user } = store.config;
  const key = `maskloop-in-hand-${user.name}-${project.id}-${mode.name}`;
  takeUp(store, mode, JSON.parse(storage.getItem(key) ?? "{}"));
  let tool = store.toolName.peek();
  effect(() => {
    // Of an image that cannot be changed, the tool is not the one that was chosen.
    if (!store.isReadOnly.value || !TOOLS[tool].writes) tool = store.toolName.value;
    /** @type {InHand} */
    const now = {
      tool,
      classId: store.classId.value ?? undefined,
      options: Object.fromEntries(optionsOf(store).map(([name, { value }]) => [name, value])),
    };
    storage.setItem(key, JSON.stringify(now));
  });
}

/**
 * What of the options is kept, and which values it may have. Whether outlines subtract is not: it would surprise.
 * @param {Store} store
 * @returns {[string, {value: any}, (value: any) => boolean][]}
 */
function optionsOf(store) {
  const oneOf = (/** @type {any[]} */ ...values) => (/** @type {any} */ value) => values.includes(value);
  const within = (/** @type {{min: number, max: number}} */ { min, max }) => (/** @type {any} */ value) =>
    typeof value === "number" && value >= min && value <= max;
  return [
    ["brushPx", store.brushPx, within(BRUSH_RANGE_PX)],
    ["brushShape", store.brushShape, oneOf("round", "square")],
    ["tolerance", store.tolerance, within(TOLERANCE_RANGE)],
    ["isContiguous", store.isContiguous, oneOf(true, false)],
    ["samplePx", store.samplePx, oneOf(1, 3, 5)],
    ["grainPixels", store.grainPixels, oneOf(0, 100, 1000)],
    ["superpixelScale", store.superpixelScale, oneOf("fine", "medium", "coarse")],
    ["paintOver", store.paintOver, oneOf(...PAINT_OVER.filter((mode) => mode !== "stencil"))],
  ];
}

/** What was stored long ago may name a tool or a class that is no more. @param {Store} store @param {Mode} mode @param {InHand} before */
function takeUp(store, mode, { tool, classId, options = {} }) {
  if (mode.toolGroups.some((group) => TOOL_GROUPS[group].tools.includes(tool ?? ""))) store.toolName.value = tool ?? "";
  if (classId !== undefined && store.classById.has(classId)) store.classId.value = classId;
  for (const [name, option, isFit] of optionsOf(store)) if (isFit(options[name])) option.value = options[name];
}
