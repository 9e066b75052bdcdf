/** @import {Gesture, Intent, Tool, ToolPoint, WandSeed} from "../types.js" */
import { t } from "../i18n.js";
import { acceptIntent, isAccept } from "./accept.js";

/** Of the square root of the tolerance: fine where small tolerances are. */
const CHANGE_PER_CSS_PX = 0.02;
const LEAST_CHANGE = 0.06;

/** @returns {Gesture} */
function wandGesture() {
  /** @type {WandSeed[]} places whose colour belongs to the object, or does not */
  let seeds = [];
  /** @type {ToolPoint | null} */
  let pressedAt = null;

  /** @returns {Intent[]} */
  const ask = () =>
    seeds.length ? [{ kind: "suggest", request: { by: "wand", seeds: [...seeds] } }] : [{ kind: "dismiss" }];
  /** @param {Intent} end @returns {Intent[]} */
  const finish = (end) => {
    const wasOpen = seeds.length > 0;
    seeds = [];
    pressedAt = null;
    return wasOpen ? [end] : [];
  };

  return {
    begin(point) {
      const positive = !point.isSecondary && !point.shift;
      if (!positive && !seeds.length) return [];
      pressedAt = point;
      seeds.push({ x: Math.floor(point.x), y: Math.floor(point.y), positive });
      return ask();
    },
    move(point, { ratio }) {
      if (!pressedAt) return [];
      const change = ((point.screenX - pressedAt.screenX) / ratio) * CHANGE_PER_CSS_PX;
      if (Math.abs(change) < LEAST_CHANGE) return [];
      pressedAt = point;
      return [{ kind: "tolerance", value: change }];
    },
    end() {
      pressedAt = null;
      return [];
    },
    cancel: () => finish({ kind: "dismiss" }),
    key(key) {
      const last = seeds.at(-1);
      if (!last) return null;
      if (isAccept(key)) return finish(acceptIntent(t("Magic wand"), key));
      if (key === "Escape") return finish({ kind: "dismiss" });
      if (key === "Backspace") seeds.pop();
      else if (key === "!" && seeds.length > 1) seeds[seeds.length - 1] = { ...last, positive: !last.positive };
      else return null;
      return ask();
    },
  };
}

/** @type {Tool} */
export const wand = {
  name: "wand",
  label: t("Magic wand"),
  icon: "wand-sparkles",
  key: "W",
  hint: t("Click colours · right or Shift-click takes one away · drag sideways or [ ] tolerance · Enter accepts"),
  cursor: "crosshair",
  writes: true,
  takesSecondary: true,
  beginsObject: true,
  canSubtract: true,
  proposer: "wand",
  create: wandGesture,
};
