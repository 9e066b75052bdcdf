/** @import {Store} from "../store.js" */
import { steppedTolerance } from "../tolerance.js";
import { TOOLS } from "../tools/registry.js";

export const BRUSH_RANGE_PX = { min: 1, max: 2000 };
const SIZE_STEP = 1.15;
/** Of the square root of the tolerance. */
const TOLERANCE_STEP = 0.25;

/**
 * One step of what the tool in use goes by: the size of the brush, or the tolerance of the wand.
 * @param {Pick<Store, "toolName" | "tolerance" | "brushPx">} store @param {1 | -1} way
 */
export function resizeTool({ toolName, tolerance, brushPx }, way) {
  if (toolName.value === "wand") {
    tolerance.value = steppedTolerance(tolerance.value, way * TOLERANCE_STEP);
    return;
  }
  const size = brushPx.value;
  const next = way > 0 ? Math.max(size + 1, size * SIZE_STEP) : Math.min(size - 1, size / SIZE_STEP);
  brushPx.value = Math.min(Math.max(Math.round(next), BRUSH_RANGE_PX.min), BRUSH_RANGE_PX.max);
}

/** @param {string} name of a tool @returns {boolean} whether it has a size */
export function hasSize(name) {
  return name === "wand" || TOOLS[name].cursor === "brush";
}
