/** @import {Tool} from "../types.js" */
import { clickGesture } from "./click.js";

/** @type {Tool} */
export const picker = {
  name: "picker",
  label: "Picker",
  icon: "pipette",
  hint: "Click a label to select it and go on with its class",
  cursor: "crosshair",
  writes: false,
  create: () => clickGesture(({ x, y }) => ({ kind: "pick", x: Math.floor(x), y: Math.floor(y) })),
};
