/** @import {Gesture, Tool, ToolPoint} from "../types.js" */
import { t } from "../i18n.js";

/** @returns {Gesture} */
function panGesture() {
  /** @type {ToolPoint | null} */
  let last = null;
  return {
    begin(point) {
      last = point;
      return [];
    },
    move(point) {
      if (!last) return [];
      const [dx, dy] = [point.screenX - last.screenX, point.screenY - last.screenY];
      last = point;
      return [{ kind: "pan", dx, dy }];
    },
    end() {
      last = null;
      return [];
    },
    cancel() {
      last = null;
      return [];
    },
  };
}

/** @type {Tool} */
export const pan = {
  name: "pan",
  label: t("Move view"),
  icon: "hand",
  key: "V",
  hint: t("Drag to move the view · wheel zooms · hold Space with any tool · arrow keys move too"),
  cursor: "grab",
  writes: false,
  create: panGesture,
};
