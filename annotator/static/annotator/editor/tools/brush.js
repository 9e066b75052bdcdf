/** @import {Tool} from "../types.js" */
import { t } from "../i18n.js";
import { strokeGesture } from "./stroke.js";

/** @type {Tool} */
export const brush = {
  name: "brush",
  label: t("Brush"),
  icon: "brush",
  key: "B",
  hint: t("Drag to paint · Shift-click draws a line from the last stroke · [ ] size · Alt-click picks"),
  cursor: "brush",
  writes: true,
  create: () => strokeGesture("active", t("Brush stroke")),
};
