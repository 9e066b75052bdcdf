/** @import {Dab} from "../shapes.js" */
/** @import {Gesture, Intent, ToolContext, ToolPoint} from "../types.js" */
import { t } from "../i18n.js";
import { dabRuns, snapToBrush, sweepRuns } from "../shapes.js";

/** @typedef {{target: "active" | "erase", label: string}} Stroke */

/** @type {Stroke} */
export const PAINT = { target: "active", label: t("Brush stroke") };
/** @type {Stroke} */
export const ERASE = { target: "erase", label: t("Eraser stroke") };

/**
 * A brush that sweeps from one pointer position to the next. With Shift held at the start it begins where the stroke
 * before it ended, so that two clicks draw a line.
 *
 * @param {Stroke} stroke
 * @param {Stroke} opposite what the right button does
 * @returns {Gesture}
 */
export function strokeGesture(stroke, opposite) {
  /** @type {Dab | null} */
  let last = null;
  let isDown = false;

  /** @param {ToolPoint} point @param {ToolContext} context @returns {Intent} */
  const sweep = (point, context) => {
    const from = /** @type {Dab} */ (last);
    last = dabAt(point, context);
    return { kind: "write", runs: sweepRuns(from, last, context.brushShape, true) };
  };

  return {
    begin(point, context) {
      const start = point.shift && last ? last : dabAt(point, context);
      last = start;
      isDown = true;
      return [
        { kind: "begin", ...(point.isSecondary ? opposite : stroke) },
        { kind: "write", runs: dabRuns(start, context.brushShape) },
        sweep(point, context),
      ];
    },
    move: (point, context) => (isDown ? [sweep(point, context)] : []),
    end() {
      isDown = false;
      return [{ kind: "commit" }];
    },
    cancel() {
      const wasDown = isDown;
      isDown = false;
      last = null;
      return wasDown ? [{ kind: "rollback" }] : [];
    },
  };
}

/** @param {ToolPoint} point @param {ToolContext} context @returns {Dab} */
function dabAt(point, { brushPx, isPressureOn }) {
  const diameter = isPressureOn ? Math.max(1, Math.round(brushPx * point.pressure)) : brushPx;
  return { x: snapToBrush(point.x, diameter), y: snapToBrush(point.y, diameter), diameter };
}
