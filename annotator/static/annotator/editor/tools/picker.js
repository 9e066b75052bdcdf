/** @import {Tool} from "../types.js" */
import { t } from "../i18n.js";
import { clickGesture } from "./click.js";

/** @type {Tool} */
export const picker = {
  name: "picker",
  label: t("Picker"),
  icon: "pipette",
  key: "I",
  hint: t("Click a label to select it and go on with its class · Shift-click selects several"),
  cursor: "crosshair",
  writes: false,
  create: () =>
    clickGesture(({ x, y, shift }) => ({ kind: "pick", x: Math.floor(x), y: Math.floor(y), isAdded: shift })),
};
