/** @import {Box} from "../shapes.js" */
/** @import {Tool, ToolContext} from "../types.js" */
import { t } from "../i18n.js";
import { ellipseRuns } from "../shapes.js";
import { boxGesture } from "./box.js";

const SKETCH_POINTS = 72;
/** Device pixels per image pixel from which the corners of pixels are seen. */
const CORNERS_SHOW_FROM = 2;
/** Higher ones have more corners than can follow the pointer. */
const CORNERS_UP_TO_PX = 1024;

/**
 * Along the edges of the pixels that will be painted, where they can be told apart.
 * @param {Box} box @param {ToolContext} context
 * @returns {[number, number][]}
 */
function ellipseOutline(box, { scale }) {
  const areCornersSeen = scale >= CORNERS_SHOW_FROM && box.y1 - box.y0 <= CORNERS_UP_TO_PX;
  return areCornersSeen ? edgesOf(ellipseRuns(box)) : smoothOutline(box);
}

/** @param {number[]} runs one per row, of adjoining rows @returns {[number, number][]} */
function edgesOf(runs) {
  /** @type {[number, number][]} */
  const left = [];
  /** @type {[number, number][]} */
  const right = [];
  for (let i = 0; i < runs.length; i += 3) {
    const [y, x0, x1] = [runs[i], runs[i + 1], runs[i + 2]];
    left.push([x0, y], [x0, y + 1]);
    right.push([x1, y], [x1, y + 1]);
  }
  return [...right, ...left.reverse()];
}

/** @param {Box} box @returns {[number, number][]} */
function smoothOutline({ x0, y0, x1, y1 }) {
  return Array.from({ length: SKETCH_POINTS }, (_, i) => {
    const angle = (2 * Math.PI * i) / SKETCH_POINTS;
    return [
      (x0 + x1) / 2 + ((x1 - x0) / 2) * Math.cos(angle),
      (y0 + y1) / 2 + ((y1 - y0) / 2) * Math.sin(angle),
    ];
  });
}

/** @type {Tool} */
export const ellipse = {
  name: "ellipse",
  label: t("Ellipse"),
  icon: "circle",
  key: "O",
  hint: t("Drag, or click two corners of its box · right button, or Shift at the end, subtracts"),
  cursor: "crosshair",
  writes: true,
  takesSecondary: true,
  beginsObject: true,
  canSubtract: true,
  create: () =>
    boxGesture(ellipseOutline, (box, isInverted) => [
      { kind: "begin", label: t("Ellipse"), target: "outline", isInverted },
      { kind: "write", runs: ellipseRuns(box) },
      { kind: "commit" },
    ]),
};
