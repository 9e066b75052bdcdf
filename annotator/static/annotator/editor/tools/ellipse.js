/** @import {Box} from "../shapes.js" */
/** @import {Tool} from "../types.js" */
import { t } from "../i18n.js";
import { ellipseRuns } from "../shapes.js";
import { boxGesture } from "./box.js";

const SKETCH_POINTS = 72;

/** @param {Box} box @returns {[number, number][]} */
function ellipseOutline({ x0, y0, x1, y1 }) {
  return Array.from({ length: SKETCH_POINTS }, (_, i) => {
    const angle = (2 * Math.PI * i) / SKETCH_POINTS;
    return [
      (x0 + x1) / 2 + ((x1 - x0) / 2) * Math.cos(angle),
      (y0 + y1) / 2 + ((y1 - y0) / 2) * Math.sin(angle),
    ];
  });
}

/** @type {Tool} */
export const ellipse = {
  name: "ellipse",
  label: t("Ellipse"),
  icon: "circle",
  key: "O",
  hint: t("Drag, or click two corners of its box · Shift at the end swaps add and subtract · Esc cancels"),
  cursor: "crosshair",
  writes: true,
  create: () =>
    boxGesture(ellipseOutline, (box, isInverted) => [
      { kind: "begin", label: t("Ellipse"), target: "outline", isInverted },
      { kind: "write", runs: ellipseRuns(box) },
      { kind: "commit" },
    ]),
};
