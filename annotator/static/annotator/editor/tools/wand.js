/** @import {Gesture, Intent, Tool, ToolPoint} from "../types.js" */
import { t } from "../i18n.js";

const TOLERANCE_PER_CSS_PX = 0.2;

/** @returns {Gesture} */
function wandGesture() {
  /** @type {ToolPoint | null} */
  let pressedAt = null;
  let hasProposal = false;

  /** @param {Intent} end @returns {Intent[]} */
  const finish = (end) => {
    const wasOpen = hasProposal;
    hasProposal = false;
    pressedAt = null;
    return wasOpen ? [end] : [];
  };

  return {
    begin(point) {
      pressedAt = point;
      hasProposal = true;
      return [{ kind: "suggest", request: { by: "wand", x: Math.floor(point.x), y: Math.floor(point.y) } }];
    },
    move(point, { ratio }) {
      if (!pressedAt) return [];
      const change = ((point.screenX - pressedAt.screenX) / ratio) * TOLERANCE_PER_CSS_PX;
      if (Math.abs(change) < 1) return [];
      pressedAt = point;
      return [{ kind: "tolerance", value: change }];
    },
    end() {
      pressedAt = null;
      return [];
    },
    cancel: () => finish({ kind: "dismiss" }),
    key(key) {
      if (!hasProposal) return null;
      if (key === "Enter") return finish({ kind: "accept", label: t("Magic wand") });
      return key === "Escape" ? finish({ kind: "dismiss" }) : null;
    },
  };
}

/** @type {Tool} */
export const wand = {
  name: "wand",
  label: t("Magic wand"),
  icon: "wand-sparkles",
  key: "W",
  hint: t("Click a colour · drag sideways or [ ] for the tolerance · Enter accepts · Esc dismisses"),
  cursor: "crosshair",
  writes: true,
  proposer: "wand",
  create: wandGesture,
};
