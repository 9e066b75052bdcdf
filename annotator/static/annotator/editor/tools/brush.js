/** @import {Tool} from "../types.js" */
import { t } from "../i18n.js";
import { ERASE, PAINT, strokeGesture } from "./stroke.js";

/** @type {Tool} */
export const brush = {
  name: "brush",
  label: t("Brush"),
  icon: "brush",
  key: "B",
  hint: t("Drag paints, with the right button erases · Shift-click draws a line · [ ] or Alt-wheel size"),
  cursor: "brush",
  writes: true,
  takesSecondary: true,
  create: () => strokeGesture(PAINT, ERASE),
};
