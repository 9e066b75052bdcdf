/** @import {Tool} from "../types.js" */
import { t } from "../i18n.js";
import { polygonRuns } from "../shapes.js";
import { cornersGesture } from "./corners.js";

/** @type {Tool} */
export const polygon = {
  name: "polygon",
  label: t("Polygon"),
  icon: "pentagon",
  key: "P",
  hint: t("Click corners · Enter closes · Shift-click on the first swaps add and subtract · Backspace removes one"),
  cursor: "crosshair",
  writes: true,
  create: () =>
    cornersGesture({
      fewest: 3,
      sketch: (corners, pointer) => [{ kind: "sketch", points: pointer ? [...corners, pointer] : corners }],
      finish: (corners, isInverted) => [
        { kind: "begin", label: t("Polygon"), target: "outline", isInverted },
        { kind: "write", runs: polygonRuns(corners) },
        { kind: "commit" },
      ],
    }),
};
