/** @import {Store} from "./store.js" */
import { TOOLS } from "./tools/registry.js";

/**
 * Whether the tool in use leaves the selected object as it is: outlines and proposals begin a new one each time, unless
 * it was chosen to be extended; what paints goes on with it.
 * @param {Store} store
 */
export function leavesSelected({ toolName, segmentId, extendedId }) {
  return TOOLS[toolName.value].beginsObject === true && extendedId.value !== segmentId.value;
}

/** Whether the next object of a thing class will be a new one. @param {Store} store */
export function beginsNew(store) {
  return store.segmentId.value === null || leavesSelected(store);
}

/** Whether what the tool in use proposes or outlines is taken away. @param {Store} store */
export function takesAway({ toolName, polygonMode, isProposalInverted }) {
  const { canSubtract = false } = TOOLS[toolName.value];
  return canSubtract && (polygonMode.value === "subtract") !== isProposalInverted.value;
}
