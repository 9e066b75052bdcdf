/** @import {Gesture, Tool} from "../types.js" */
import { t } from "../i18n.js";
import { boxGesture, boxOutline } from "./box.js";

/** @returns {Gesture} */
function grabcutGesture() {
  let hasProposal = false;
  const box = boxGesture(boxOutline, (drawn) => {
    hasProposal = true;
    return [{ kind: "suggest", request: { by: "grabcut", box: drawn } }];
  });
  return {
    ...box,
    cancel() {
      hasProposal = false;
      return [...box.cancel(), { kind: "dismiss" }];
    },
    key(key) {
      const taken = box.key?.(key) ?? null;
      if (taken || !hasProposal || (key !== "Enter" && key !== "Escape")) return taken;
      hasProposal = false;
      return [key === "Enter" ? { kind: "accept", label: t("GrabCut") } : { kind: "dismiss" }];
    },
  };
}

/** @type {Tool} */
export const grabcut = {
  name: "grabcut",
  label: t("GrabCut"),
  icon: "scan",
  key: "X",
  hint: t("Drag a box around an object, or click two corners · Enter accepts · Esc dismisses"),
  cursor: "crosshair",
  writes: true,
  proposer: "grabcut",
  create: grabcutGesture,
};
