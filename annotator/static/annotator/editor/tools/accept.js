/** @import {Intent} from "../types.js" */

/** @param {string} key @returns {boolean} whether it accepts; with Shift the other way round */
export function isAccept(key) {
  return key === "Enter" || key === "Shift+Enter";
}

/** @param {string} label of the undo step @param {string} key one that accepts @returns {Intent} */
export function acceptIntent(label, key) {
  return { kind: "accept", label, isInverted: key === "Shift+Enter" };
}
