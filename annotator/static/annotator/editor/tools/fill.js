/** @import {Tool} from "../types.js" */
import { t } from "../i18n.js";
import { clickGesture } from "./click.js";

/** @type {Tool} */
export const fill = {
  name: "fill",
  label: t("Fill"),
  icon: "paint-bucket",
  key: "G",
  hint: t("Click to fill the connected area of one label"),
  cursor: "crosshair",
  writes: true,
  create: () => clickGesture(({ x, y }) => ({ kind: "fill", x: Math.floor(x), y: Math.floor(y) })),
};
