/** @import {Box} from "../shapes.js" */
/** @import {Gesture, Intent, StrokeMark, Tool, ToolContext, ToolPoint} from "../types.js" */
import { t } from "../i18n.js";
import { acceptIntent, isAccept } from "./accept.js";
import { boxGesture, boxOutline, hasMoved } from "./box.js";

/** Width of a mark: as wide as its sign on the screen. */
const MARK_CSS_PX = 8;

/** @returns {Gesture} */
function grabcutGesture() {
  /** @type {Box | null} the one that something is proposed in */
  let box = null;
  /** @type {StrokeMark[]} what was said to belong to the object, or not to */
  let marks = [];
  /** @type {StrokeMark | null} in the making */
  let mark = null;
  /** A corner of a box is set. */
  let isBoxing = false;
  /** @type {{point: ToolPoint, isCorner: boolean} | null} what is held down */
  let pressed = null;

  /** @returns {Intent} */
  const showBox = () => ({ kind: "sketch", points: box ? boxOutline(box) : [] });
  /** @returns {Intent[]} */
  const ask = () => (box ? [showBox(), { kind: "suggest", request: { by: "grabcut", box, marks: [...marks] } }] : []);
  const corners = boxGesture(boxOutline, (drawn) => {
    box = drawn;
    marks = [];
    isBoxing = false;
    return ask();
  });
  /** @param {Intent} end @returns {Intent[]} */
  const finish = (end) => {
    box = mark = pressed = null;
    marks = [];
    isBoxing = false;
    return [...corners.cancel(), showBox(), end];
  };

  return {
    begin(point, context) {
      const isCorner = isBoxing || point.ctrl || !box || !isWithin(box, point);
      pressed = isCorner && point.isSecondary ? null : { point, isCorner };
      if (!pressed) return [];
      if (!isCorner) mark = markAt(point, context);
      isBoxing = isCorner;
      return isCorner ? corners.begin(point, context) : [];
    },
    move(point, context) {
      if (pressed?.isCorner) return corners.move(point, context);
      if (!mark || !pressed || (mark.path.length === 1 && !hasMoved(pressed.point, point, context))) return [];
      mark.path.push([point.x, point.y]);
      return [{ kind: "sketch", points: mark.path, isOpen: true }];
    },
    end(point, context) {
      if (pressed?.isCorner) return corners.end(point, context);
      if (!mark) return [];
      marks.push(mark);
      mark = null;
      return ask();
    },
    hover: (point, context) => (isBoxing ? (corners.hover?.(point, context) ?? []) : []),
    cancel: () => finish({ kind: "dismiss" }),
    key(key) {
      if (isBoxing) {
        const taken = corners.key?.(key) ?? null;
        if (key !== "Escape") return taken;
        isBoxing = false;
        return [...(taken ?? []), showBox()];
      }
      if (!box) return null;
      const last = marks.at(-1);
      if (isAccept(key)) return finish(acceptIntent(t("GrabCut"), key));
      if (key === "Escape") return finish({ kind: "dismiss" });
      if (!last) return null;
      if (key === "Backspace") marks.pop();
      else if (key === "!") marks[marks.length - 1] = { ...last, positive: !last.positive };
      else return null;
      return ask();
    },
  };
}

/** @param {ToolPoint} point @param {ToolContext} context @returns {StrokeMark} */
function markAt({ x, y, shift, isSecondary }, { scale, ratio }) {
  return {
    x: Math.floor(x),
    y: Math.floor(y),
    positive: !shift && !isSecondary,
    path: [[x, y]],
    px: Math.max(1, Math.round((MARK_CSS_PX * ratio) / scale)),
  };
}

/** @param {Box} box @param {ToolPoint} point */
function isWithin({ x0, y0, x1, y1 }, { x, y }) {
  return x >= x0 && y >= y0 && x < x1 && y < y1;
}

/** @type {Tool} */
export const grabcut = {
  name: "grabcut",
  label: t("GrabCut"),
  icon: "square-dashed-mouse-pointer",
  key: "X",
  hint: t("Drag or click a box · in it, click or stroke what belongs, right or Shift what does not · Enter accepts"),
  cursor: "crosshair",
  writes: true,
  takesSecondary: true,
  beginsObject: true,
  canSubtract: true,
  proposer: "grabcut",
  create: grabcutGesture,
};
