/** @import {Tool} from "../types.js" */
import { t } from "../i18n.js";
import { clickGesture } from "./click.js";

/** @type {Tool} */
export const fill = {
  name: "fill",
  label: t("Fill"),
  icon: "paint-bucket",
  key: "G",
  hint: t("Click fills the connected area of one label · right or Shift-click empties it"),
  cursor: "crosshair",
  writes: true,
  takesSecondary: true,
  create: () => clickGesture(({ x, y, shift, isSecondary }) => ({
      kind: "fill",
      x: Math.floor(x),
      y: Math.floor(y),
      isInverted: shift || isSecondary,
    })),
};
