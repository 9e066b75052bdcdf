/** @import {Tool} from "../types.js" */
import { strokeGesture } from "./stroke.js";

/** @type {Tool} */
export const eraser = {
  name: "eraser",
  label: "Eraser",
  icon: "eraser",
  hint: "Drag to make pixels unlabelled · [ ] size",
  cursor: "brush",
  writes: true,
  create: () => strokeGesture("erase", "Eraser stroke"),
};
