/** @import {Tool} from "../types.js" */
import { t } from "../i18n.js";
import { cornersGesture } from "./corners.js";

/** @type {Tool} */
export const knife = {
  name: "knife",
  label: t("Knife"),
  icon: "slice",
  key: "T",
  hint: t("Click a line across an object · Enter cuts it in two · Backspace removes one · Esc cancels"),
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
