/** @import {Gesture, Intent, Tool, ToolPoint} from "../types.js" */
import { t } from "../i18n.js";

/** @returns {Gesture} */
function superpixelGesture() {
  /** @type {[number, number][]} */
  let path = [];
  /** @type {[number, number] | null} the pixel whose cell is shown */
  let shown = null;
  /** The cells are taken away: with the right button, or Shift. */
  let isInverted = false;

  /** @returns {Intent[]} */
  const ask = () => [{ kind: "suggest", request: { by: "superpixel", path: [...path], isInverted } }];
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
      isInverted = point.isSecondary || point.shift;
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
      return wasDrawn ? [{ kind: "accept", label: t("Superpixels"), isInverted }] : [];
    },
    hover(point) {
      if (!go(point) || !shown) return [];
      return [{ kind: "suggest", request: { by: "superpixel", path: [shown], isInverted: point.shift } }];
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
  icon: "puzzle",
  key: "S",
  hint: t("Click or drag paints cells · right or Shift-click takes them away · Shift+S changes the scale"),
  cursor: "crosshair",
  writes: true,
  takesSecondary: true,
  canSubtract: true,
  proposer: "superpixel",
  create: superpixelGesture,
};
