/** @import {Gesture, Intent, Tool, ToolPoint} from "../types.js" */
import { t } from "../i18n.js";
import { hasMoved } from "./box.js";

/** The view follows the pointer while it is down. @returns {Gesture} */
export function dragViewGesture() {
  /** @type {ToolPoint | null} */
  let last = null;
  const lift = () => {
    last = null;
    return [];
  };
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
    end: lift,
    cancel: lift,
  };
}

/** A drag moves the view, a click brings its place to the middle. @returns {Gesture} */
function panGesture() {
  const drag = dragViewGesture();
  /** @type {ToolPoint | null} where the pointer went down; null once it was dragged away from there */
  let clickedAt = null;
  return {
    ...drag,
    begin(point, context) {
      clickedAt = point;
      return drag.begin(point, context);
    },
    move(point, context) {
      if (clickedAt && hasMoved(clickedAt, point, context)) clickedAt = null;
      return drag.move(point, context);
    },
    end(point, context) {
      const isClick = clickedAt && !hasMoved(clickedAt, point, context);
      clickedAt = null;
      return [...drag.end(point, context), ...(isClick ? [centreOn(point)] : [])];
    },
  };
}

/** @param {ToolPoint} point @returns {Intent} */
function centreOn({ x, y }) {
  return { kind: "centre", x, y };
}

/** @type {Tool} */
export const pan = {
  name: "pan",
  label: t("Move view"),
  icon: "hand",
  key: "V",
  hint: t("Drag to move the view · a click centres it there · wheel zooms · hold Space with any tool · arrow keys"),
  cursor: "grab",
  writes: false,
  create: panGesture,
};
