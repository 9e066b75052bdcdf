/** @import {Box} from "../shapes.js" */
/** @import {Gesture, Intent, ToolContext, ToolPoint} from "../types.js" */
import { boxBetween } from "../shapes.js";

/** A pointer that moved less than this between down and up has clicked, not dragged. */
const CLICK_CSS_PX = 4;

/**
 * Two opposite corners, by dragging or by two clicks. Both corner pixels belong to the box.
 *
 * @param {(box: Box) => [number, number][]} outline what is shown meanwhile
 * @param {(box: Box, isInverted: boolean) => Intent[]} finish isInverted: Shift was held at the end
 * @returns {Gesture}
 */
export function boxGesture(outline, finish) {
  /** @type {[number, number] | null} */
  let first = null;
  /** @type {[number, number]} */
  let last = [0, 0];
  let isArmed = false;
  /** @type {ToolPoint | null} */
  let pressedAt = null;

  /** @param {ToolPoint} point @returns {Intent[]} */
  const stretch = ({ x, y }) => {
    last = [Math.floor(x), Math.floor(y)];
    return first ? [{ kind: "sketch", points: outline(boxBetween(first, last)) }] : [];
  };
  /** @returns {Intent[]} */
  const clear = () => {
    const hadCorner = first !== null;
    first = null;
    isArmed = false;
    pressedAt = null;
    return hadCorner ? [{ kind: "sketch", points: [] }] : [];
  };
  /** @param {boolean} isInverted @returns {Intent[]} */
  const close = (isInverted) => {
    const box = first && boxBetween(first, last);
    return [...clear(), ...(box ? finish(box, isInverted) : [])];
  };

  return {
    begin(point) {
      pressedAt = point;
      first ??= [Math.floor(point.x), Math.floor(point.y)];
      return stretch(point);
    },
    move: stretch,
    end(point, context) {
      const drawn = stretch(point);
      if (!first || !pressedAt) return [];
      if (isArmed || hasMoved(pressedAt, point, context)) return close(point.shift);
      isArmed = true;
      return drawn;
    },
    hover: stretch,
    cancel: clear,
    key(key) {
      if (!first) return null;
      if (key === "Enter") return close(false);
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
