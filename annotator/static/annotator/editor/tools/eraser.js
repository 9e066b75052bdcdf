/** @import {Tool} from "../types.js" */
import { t } from "../i18n.js";
import { strokeGesture } from "./stroke.js";

/** @type {Tool} */
export const eraser = {
  name: "eraser",
  label: t("Eraser"),
  icon: "eraser",
  key: "E",
  hint: t("Drag to make pixels unlabelled · Shift-click erases a line from the last stroke · [ ] size"),
  cursor: "brush",
  writes: true,
  create: () => strokeGesture("erase", t("Eraser stroke")),
};
