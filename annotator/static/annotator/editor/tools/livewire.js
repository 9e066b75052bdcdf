/** @import {Tool} from "../types.js" */
import { t } from "../i18n.js";
import { cornersGesture } from "./corners.js";

/** Between the anchors of a part drawn by hand: each is searched from. */
const HAND_CSS_PX = 12;

/** @type {Tool} */
export const livewire = {
  name: "livewire",
  label: t("Livewire"),
  icon: "magnet",
  key: "L",
  hint: t("Click along an edge, drag a point · Enter or double click closes · right button subtracts"),
  cursor: "crosshair",
  writes: true,
  takesSecondary: true,
  beginsObject: true,
  canSubtract: true,
  proposer: "livewire",
  create: () =>
    cornersGesture({
      fewest: 2,
      handCssPx: HAND_CSS_PX,
      sketch: (anchors, pointer, isInverted) => [
        {
          kind: "suggest",
          request: { by: "livewire", anchors, pointer: pointer ?? anchors[anchors.length - 1], isInverted },
        },
      ],
      finish: (anchors, isInverted) => [
        { kind: "suggest", request: { by: "livewire", anchors, pointer: null, isInverted } },
        { kind: "accept", label: t("Livewire"), isInverted },
      ],
    }),
};
