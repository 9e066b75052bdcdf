/** @import {Tool} from "../types.js" */
import { t } from "../i18n.js";
import { ERASE, PAINT, strokeGesture } from "./stroke.js";

/** @type {Tool} */
export const eraser = {
  name: "eraser",
  label: t("Eraser"),
  icon: "eraser",
  key: "E",
  hint: t("Drag erases, with the right button paints · Shift-click erases a line · [ ] or Alt-wheel size"),
  cursor: "brush",
  writes: true,
  takesSecondary: true,
  create: () => strokeGesture(ERASE, PAINT),
};
