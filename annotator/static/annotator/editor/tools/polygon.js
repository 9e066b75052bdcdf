/** @import {Gesture, Intent, Tool} from "../types.js" */

/** Distance in device pixels within which a click on the first corner closes the polygon. */
const CLOSE_DISTANCE = 10;

/** @returns {Gesture} */
function polygonGesture() {
  /** @type {[number, number][]} */
  let points = [];
  /** @type {[number, number] | null} */
  let pointer = null;

  /** @returns {Intent[]} */
  const sketch = () => [{ kind: "sketch", points: pointer && points.length ? [...points, pointer] : [...points] }];
  /** @returns {Intent[]} */
  const clear = () => {
    points = [];
    pointer = null;
    return [{ kind: "sketch", points: [] }];
  };
  /** @returns {Intent[]} */
  const close = () => {
    const outline = points;
    const cleared = clear();
    if (outline.length < 3) return cleared;
    return [
      ...cleared,
      { kind: "begin", label: "Polygon", target: "active" },
      { kind: "polygon", points: outline },
      { kind: "commit" },
    ];
  };

  return {
    begin(point, { scale }) {
      const [first] = points;
      const isOnFirst = first && Math.hypot(point.x - first[0], point.y - first[1]) * scale < CLOSE_DISTANCE;
      if (isOnFirst && points.length >= 3) return close();
      points.push([point.x, point.y]);
      pointer = [point.x, point.y];
      return sketch();
    },
    move: () => [],
    end: () => [],
    hover(point) {
      if (!points.length) return [];
      pointer = [point.x, point.y];
      return sketch();
    },
    cancel: clear,
    key(key) {
      if (!points.length) return null;
      if (key === "Enter") return close();
      if (key === "Escape") return clear();
      if (key !== "Backspace") return null;
      points.pop();
      return points.length ? sketch() : clear();
    },
  };
}

/** @type {Tool} */
export const polygon = {
  name: "polygon",
  label: "Polygon",
  icon: "pentagon",
  hint: "Click corners · Enter closes · Backspace removes the last · Esc cancels",
  cursor: "crosshair",
  writes: true,
  create: polygonGesture,
};
