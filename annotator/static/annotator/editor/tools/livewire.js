/** @import {Tool} from "../types.js" */
import { t } from "../i18n.js";
import { cornersGesture } from "./corners.js";

/** @type {Tool} */
export const livewire = {
  name: "livewire",
  label: t("Livewire"),
  icon: "magnet",
  key: "L",
  hint: t("Click along an edge, the line snaps to it · Enter or the first point closes · Backspace removes one"),
  cursor: "crosshair",
  writes: true,
  proposer: "livewire",
  create: () =>
    cornersGesture({
      fewest: 2,
      sketch: (anchors, pointer) => [
        { kind: "suggest", request: { by: "livewire", anchors, pointer: pointer ?? anchors[anchors.length - 1] } },
      ],
      finish: (anchors) => [
        { kind: "suggest", request: { by: "livewire", anchors, pointer: null } },
        { kind: "accept", label: t("Livewire") },
      ],
    }),
};
