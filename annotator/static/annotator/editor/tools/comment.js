/** @import {Tool} from "../types.js" */
import { clickGesture } from "./click.js";

/** @type {Tool} */
export const comment = {
  name: "comment",
  label: "Comment",
  icon: "message-circle",
  hint: "Click to pin a comment to a point",
  cursor: "crosshair",
  writes: false,
  create: () => clickGesture(({ x, y }) => ({ kind: "comment", x: Math.floor(x), y: Math.floor(y) })),
};
