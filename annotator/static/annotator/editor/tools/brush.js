/** @import {Tool} from "../types.js" */
import { strokeGesture } from "./stroke.js";

/** @type {Tool} */
export const brush = {
  name: "brush",
  label: "Brush",
  icon: "brush",
  hint: "Drag to paint · [ ] size · Alt-click picks",
  cursor: "brush",
  writes: true,
  create: () => strokeGesture("active", "Brush stroke"),
};
