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
  hint: t("Click corners, drag one, or draw by hand · Enter or double click closes · right button subtracts"),
  cursor: "crosshair",
  writes: true,
  takesSecondary: true,
  beginsObject: true,
  canSubtract: true,
  create: () =>
    cornersGesture({
      fewest: 3,
      sketch: (corners, pointer, isInverted) => [
        { kind: "sketch", points: pointer ? [...corners, pointer] : corners, isInverted },
      ],
      finish: (corners, isInverted) => [
        { kind: "begin", label: t("Polygon"), target: "outline", isInverted },
        { kind: "write", runs: polygonRuns(corners) },
        { kind: "commit" },
      ],
    }),
};
