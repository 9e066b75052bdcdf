/** @import {Gesture, Intent, ToolPoint} from "../types.js" */

/**
 * A gesture that is one click: it acts on pointer down and is over.
 * @param {(point: ToolPoint) => Intent} act
 * @returns {Gesture}
 */
export function clickGesture(act) {
  return { begin: (point) => [act(point)], move: () => [], end: () => [], cancel: () => [] };
}
