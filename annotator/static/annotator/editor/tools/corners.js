/** @import {Gesture, Intent, ToolContext, ToolPoint} from "../types.js" */

/** Distance in CSS pixels within which a click on the first corner closes the outline. */
const CLOSE_DISTANCE_CSS_PX = 10;

/**
 * A line of clicks: Enter or a click on the first corner ends it, Backspace takes the last one back.
 *
 * @param {object} outline
 * @param {number} outline.fewest corners that it takes
 * @param {(corners: [number, number][], pointer: [number, number] | null) => Intent[]} outline.sketch what it shows
 *   meanwhile; corners are integer pixels
 * @param {(corners: [number, number][], isInverted: boolean) => Intent[]} outline.finish
 * @param {boolean} [outline.closesOnFirst] whether a click on the first corner ends it
 * @returns {Gesture}
 */
export function cornersGesture({ fewest, sketch, finish, closesOnFirst = true }) {
  /** @type {[number, number][]} */
  let corners = [];

  /** @returns {Intent[]} */
  const clear = () => {
    const hadCorners = corners.length > 0;
    corners = [];
    return hadCorners ? [{ kind: "sketch", points: [] }, { kind: "dismiss" }] : [];
  };
  /** @param {boolean} isInverted @returns {Intent[]} */
  const close = (isInverted) => {
    const outline = corners;
    if (outline.length < fewest) return clear();
    corners = [];
    return [{ kind: "sketch", points: [] }, ...finish(outline, isInverted)];
  };

  return {
    begin(point, context) {
      if (closesOnFirst && corners.length >= fewest && isNear(point, corners[0], context)) return close(point.shift);
      const corner = pixelOf(point);
      const last = corners.at(-1);
      if (!last || last[0] !== corner[0] || last[1] !== corner[1]) corners.push(corner);
      return sketch([...corners], corner);
    },
    move: () => [],
    end: () => [],
    hover: (point) => (corners.length ? sketch([...corners], pixelOf(point)) : []),
    cancel: clear,
    key(key) {
      if (!corners.length) return null;
      if (key === "Enter") return close(false);
      if (key === "Escape") return clear();
      if (key !== "Backspace") return null;
      corners.pop();
      return corners.length ? sketch([...corners], null) : [{ kind: "sketch", points: [] }, { kind: "dismiss" }];
    },
  };
}

/** @param {ToolPoint} point @returns {[number, number]} the corner of the pixel grid that is nearest */
function pixelOf({ x, y }) {
  return [Math.round(x), Math.round(y)];
}

/** @param {ToolPoint} point @param {[number, number]} corner @param {ToolContext} context */
function isNear({ x, y }, corner, { scale, ratio }) {
  return Math.hypot(x - corner[0], y - corner[1]) * scale < CLOSE_DISTANCE_CSS_PX * ratio;
}
