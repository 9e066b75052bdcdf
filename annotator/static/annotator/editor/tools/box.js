/** @import {Box} from "../shapes.js" */
/** @import {Gesture, Intent, ToolContext, ToolPoint} from "../types.js" */
import { boxBetween } from "../shapes.js";
import { isAccept } from "./accept.js";

/** A pointer that moved less than this between down and up has clicked, not dragged. */
const CLICK_CSS_PX = 4;

/**
 * Two opposite corners, by dragging or by two clicks. Both corner pixels belong to the box.
 *
 * @param {(box: Box, context: ToolContext) => [number, number][]} outline what is shown meanwhile
 * @param {(box: Box, isInverted: boolean) => Intent[]} finish isInverted: with the right button, or Shift at the end
 * @returns {Gesture}
 */
export function boxGesture(outline, finish) {
  /** @type {[number, number] | null} */
  let first = null;
  /** @type {[number, number]} */
  let last = [0, 0];
  let isArmed = false;
  /** It was begun with the right button. */
  let isSecondary = false;
  /** @type {ToolPoint | null} */
  let pressedAt = null;

  /** @param {ToolPoint} point @param {ToolContext} context @returns {Intent[]} */
  const stretch = ({ x, y, shift }, context) => {
    last = [Math.floor(x), Math.floor(y)];
    if (!first) return [];
    return [{ kind: "sketch", points: outline(boxBetween(first, last), context), isInverted: isSecondary || shift }];
  };
  /** @returns {Intent[]} */
  const clear = () => {
    const hadCorner = first !== null;
    first = null;
    isArmed = false;
    isSecondary = false;
    pressedAt = null;
    return hadCorner ? [{ kind: "sketch", points: [] }] : [];
  };
  /** @param {boolean} isInverted @returns {Intent[]} */
  const close = (isInverted) => {
    const box = first && boxBetween(first, last);
    const isSwapped = isSecondary || isInverted;
    return [...clear(), ...(box ? finish(box, isSwapped) : [])];
  };

  return {
    begin(point, context) {
      pressedAt = point;
      if (!first) isSecondary = point.isSecondary;
      first ??= [Math.floor(point.x), Math.floor(point.y)];
      return stretch(point, context);
    },
    move: stretch,
    end(point, context) {
      const drawn = stretch(point, context);
      if (!first || !pressedAt) return [];
      if (isArmed || hasMoved(pressedAt, point, context)) return close(point.shift);
      isArmed = true;
      return drawn;
    },
    hover: stretch,
    cancel: clear,
    key(key) {
      if (!first) return null;
      if (isAccept(key)) return close(key === "Shift+Enter");
      return key === "Escape" ? clear() : null;
    },
  };
}

/** @param {ToolPoint} a @param {ToolPoint} b @param {Pick<ToolContext, "ratio">} context */
export function hasMoved(a, b, { ratio }) {
  return Math.hypot(a.screenX - b.screenX, a.screenY - b.screenY) > CLICK_CSS_PX * ratio;
}

/** @param {Box} box @returns {[number, number][]} */
export function boxOutline({ x0, y0, x1, y1 }) {
  return [
    [x0, y0],
    [x1, y0],
    [x1, y1],
    [x0, y1],
  ];
}
