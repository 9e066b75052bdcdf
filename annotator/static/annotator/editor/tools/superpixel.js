/** @import {Gesture, Intent, Tool, ToolPoint} from "../types.js" */
import { t } from "../i18n.js";

/** @returns {Gesture} */
function superpixelGesture() {
  /** @type {[number, number][]} */
  let path = [];
  /** @type {[number, number] | null} the pixel whose cell is shown */
  let shown = null;

  /** @returns {Intent[]} */
  const ask = () => [{ kind: "suggest", request: { by: "superpixel", path: [...path] } }];
  /** @param {ToolPoint} point @returns {boolean} whether the pointer came to another pixel */
  const go = ({ x, y }) => {
    const here = /** @type {[number, number]} */ ([Math.floor(x), Math.floor(y)]);
    const isNew = !shown || shown[0] !== here[0] || shown[1] !== here[1];
    shown = here;
    return isNew;
  };

  return {
    begin(point) {
      go(point);
      path = shown ? [shown] : [];
      return ask();
    },
    move(point) {
      if (!path.length || !go(point) || !shown) return [];
      path.push(shown);
      return ask();
    },
    end() {
      const wasDrawn = path.length > 0;
      path = [];
      shown = null;
      return wasDrawn ? [{ kind: "accept", label: t("Superpixels") }] : [];
    },
    hover(point) {
      if (!go(point) || !shown) return [];
      return [{ kind: "suggest", request: { by: "superpixel", path: [shown] } }];
    },
    cancel() {
      path = [];
      shown = null;
      return [{ kind: "dismiss" }];
    },
  };
}

/** @type {Tool} */
export const superpixel = {
  name: "superpixel",
  label: t("Superpixels"),
  icon: "hexagon",
  key: "S",
  hint: t("Click a cell to paint it · drag paints many · Shift+S changes the scale"),
  cursor: "crosshair",
  writes: true,
  proposer: "superpixel",
  create: superpixelGesture,
};
