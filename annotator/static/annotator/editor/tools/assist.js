/** @import {Box} from "../shapes.js" */
/** @import {ClickPoint, Gesture, Intent, Tool, ToolPoint} from "../types.js" */
import { t } from "../i18n.js";
import { acceptIntent, isAccept } from "./accept.js";
import { boxGesture, boxOutline, hasMoved } from "./box.js";

/** @returns {Gesture} */
function assistGesture() {
  /** @type {ClickPoint[]} */
  let points = [];
  /** @type {Box | null} */
  let box = null;
  /** Ctrl-click began a box of two clicks. */
  let isBoxing = false;
  /** @type {ToolPoint | null} */
  let pressedAt = null;

  /** @returns {Intent[]} */
  const ask = () =>
    points.length || box
      ? [{ kind: "suggest", request: { by: "click", points: [...points], box } }]
      : [{ kind: "dismiss" }];
  const corners = boxGesture(boxOutline, (drawn) => {
    box = drawn;
    isBoxing = false;
    return ask();
  });
  /** @param {Intent} end @returns {Intent[]} */
  const finish = (end) => {
    points = [];
    box = null;
    isBoxing = false;
    pressedAt = null;
    return [...corners.cancel(), end];
  };

  return {
    begin(point, context) {
      pressedAt = point;
      if (point.ctrl) isBoxing = true;
      return corners.begin(point, context);
    },
    move: corners.move,
    end(point, context) {
      if (isBoxing || (pressedAt && hasMoved(pressedAt, point, context))) return corners.end(point, context);
      const cleared = corners.cancel();
      if (!pressedAt) return cleared;
      const isNegative = pressedAt.isSecondary || pressedAt.shift;
      points.push({ x: Math.floor(pressedAt.x), y: Math.floor(pressedAt.y), positive: !isNegative });
      pressedAt = null;
      return [...cleared, ...ask()];
    },
    hover: (point, context) => (isBoxing ? (corners.hover?.(point, context) ?? []) : []),
    cancel: () => finish({ kind: "dismiss" }),
    key(key) {
      if (isBoxing) {
        if (key === "Escape") isBoxing = false;
        return corners.key?.(key) ?? null;
      }
      if (!points.length && !box) return null;
      const last = points.at(-1);
      if (isAccept(key)) return finish(acceptIntent(t("Click-to-segment"), key));
      if (key === "Escape") return finish({ kind: "dismiss" });
      if (key === "Backspace") {
        if (!points.pop()) box = null;
        return ask();
      }
      if (key !== "!" || !last) return null;
      points = [...points.slice(0, -1), { ...last, positive: !last.positive }];
      return ask();
    },
  };
}

/** @type {Tool} */
export const assist = {
  name: "assist",
  label: t("Click-to-segment"),
  icon: "mouse-pointer-click",
  key: "A",
  hint: t("Click the object · right or Shift-click beside it · drag a box · ! swaps the last click · Enter accepts"),
  cursor: "crosshair",
  writes: true,
  takesSecondary: true,
  beginsObject: true,
  canSubtract: true,
  proposer: "click",
  create: assistGesture,
};
