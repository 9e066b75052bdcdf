/** @import {Tool} from "../types.js" */
import { t } from "../i18n.js";
import { rectangleRuns } from "../shapes.js";
import { boxGesture, boxOutline } from "./box.js";

/** @type {Tool} */
export const rectangle = {
  name: "rectangle",
  label: t("Rectangle"),
  icon: "square",
  key: "R",
  hint: t("Drag, or click two corners · right button, or Shift at the end, subtracts"),
  cursor: "crosshair",
  writes: true,
  takesSecondary: true,
  beginsObject: true,
  canSubtract: true,
  create: () =>
    boxGesture(boxOutline, (box, isInverted) => [
      { kind: "begin", label: t("Rectangle"), target: "outline", isInverted },
      { kind: "write", runs: rectangleRuns(box) },
      { kind: "commit" },
    ]),
};
