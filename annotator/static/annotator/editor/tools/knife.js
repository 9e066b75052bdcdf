/** @import {Tool} from "../types.js" */
import { t } from "../i18n.js";
import { cornersGesture } from "./corners.js";

/** @type {Tool} */
export const knife = {
  name: "knife",
  label: t("Knife"),
  icon: "slice",
  key: "T",
  hint: t("Click or draw a line across an object · Enter or double click cuts it in two · Backspace removes one"),
  cursor: "crosshair",
  writes: true,
  create: () =>
    cornersGesture({
      fewest: 2,
      closesOnFirst: false,
      sketch: (points, pointer) => [{ kind: "sketch", points: pointer ? [...points, pointer] : points, isOpen: true }],
      finish: (points) => [{ kind: "cut", points }],
    }),
};
