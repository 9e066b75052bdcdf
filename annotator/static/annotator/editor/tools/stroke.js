/** @import {Gesture, ToolPoint} from "../types.js" */
import { snapToBrush } from "../shapes.js";

/**
 * A round brush that sweeps from one pointer position to the next.
 * @param {"active" | "erase"} target
 * @param {string} label
 * @returns {Gesture}
 */
export function strokeGesture(target, label) {
  /** @type {[number, number] | null} */
  let last = null;
  const sweep = (/** @type {ToolPoint} */ point, /** @type {number} */ diameter) => {
    /** @type {[number, number]} */
    const here = [snapToBrush(point.x, diameter), snapToBrush(point.y, diameter)];
    const from = last ?? here;
    last = here;
    return { kind: /** @type {const} */ ("stroke"), from, to: here, diameter };
  };
  return {
    begin: (point, { brushPx }) => [{ kind: "begin", label, target }, sweep(point, brushPx)],
    move: (point, { brushPx }) => (last ? [sweep(point, brushPx)] : []),
    end: () => {
      last = null;
      return [{ kind: "commit" }];
    },
    cancel: () => {
      last = null;
      return [{ kind: "rollback" }];
    },
  };
}
