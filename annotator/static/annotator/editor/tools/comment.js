/** @import {Tool} from "../types.js" */
import { t } from "../i18n.js";
import { clickGesture } from "./click.js";

/** @type {Tool} */
export const comment = {
  name: "comment",
  label: t("Comment"),
  icon: "message-circle",
  key: "C",
  hint: t("Click to pin a comment to a point"),
  cursor: "crosshair",
  writes: false,
  create: () => clickGesture(({ x, y }) => ({ kind: "comment", x: Math.floor(x), y: Math.floor(y) })),
};
