/** @import {Gesture, Intent, ToolContext, ToolPoint} from "../types.js" */
import { isAccept } from "./accept.js";
import { hasMoved } from "./box.js";

/** How near a handle is taken for it. The last corner is met only by a double click: the next one may lie close. */
const REACH_CSS_PX = { first: 10, last: 4, other: 6 };
/** A line drawn by hand has a point at every so many CSS pixels. */
const HAND_CSS_PX = 3;

/**
 * @typedef {[number, number]} Place a corner of the pixel grid
 *
 * @typedef {object} Corner
 * @property {Place} at
 * @property {boolean} isFree within a part that was drawn by hand: it has no handle
 *
 * @typedef {object} Held
 * @property {ToolPoint} from where the pointer went down
 * @property {number} index of the corner that it holds
 * @property {boolean} isNew
 * @property {boolean} hasMoved
 */

/**
 * A line of clicks, and of parts drawn by hand. Enter, a double click or a click on the first corner ends it, Backspace
 * takes the last one back, a handle can be dragged.
 *
 * @param {object} outline
 * @param {number} outline.fewest corners that it takes
 * @param {(corners: Place[], pointer: Place | null, isInverted: boolean) => Intent[]} outline.sketch what it shows
 *   meanwhile
 * @param {(corners: Place[], isInverted: boolean) => Intent[]} outline.finish isInverted: begun with the right button, or
 *   Shift at the end
 * @param {boolean} [outline.closesOnFirst] whether a click on the first corner ends it
 * @param {number} [outline.handCssPx] between the points of a part drawn by hand
 * @returns {Gesture}
 */
export function cornersGesture({ fewest, sketch, finish, closesOnFirst = true, handCssPx = HAND_CSS_PX }) {
  /** @type {Corner[]} */
  let corners = [];
  /** @type {Held | null} */
  let held = null;
  let isSecondary = false;

  const places = () => corners.map(({ at }) => at);
  /** @param {number} index */
  const ends = (index) =>
    corners.length >= fewest && (index === corners.length - 1 || (index === 0 && closesOnFirst));
  /** @param {Place | null} pointer @param {number} [under] the corner that the pointer is on @returns {Intent[]} */
  const show = (pointer, under = -1) => {
    const handles = corners.filter(({ isFree }) => !isFree);
    const at = under < 0 ? null : handles.indexOf(corners[under]);
    const shown = handles.map((corner) => corner.at);
    return [...sketch(places(), pointer, isSecondary), { kind: "handles", points: shown, at, isEnd: ends(under) }];
  };
  /** @returns {Intent[]} */
  const clear = () => {
    const wasEmpty = !corners.length;
    corners = [];
    held = null;
    return wasEmpty ? [] : [{ kind: "sketch", points: [] }, { kind: "handles", points: [], at: null, isEnd: false }];
  };
  /** @returns {Intent[]} */
  const giveUp = () => {
    const cleared = clear();
    return cleared.length ? [...cleared, { kind: "dismiss" }] : [];
  };
  /** @param {boolean} isInverted @returns {Intent[]} */
  const close = (isInverted) => {
    const outline = places();
    if (outline.length < fewest) return giveUp();
    const isSwapped = isInverted || isSecondary;
    return [...clear(), ...finish(outline, isSwapped)];
  };
  /** @param {ToolPoint} point @param {ToolContext} context */
  const handleAt = (point, context) =>
    corners.findLastIndex(({ at, isFree }, i) => {
      if (isFree) return false;
      const isFirst = i === 0 && ends(0);
      const reach = isFirst ? "first" : i === corners.length - 1 ? "last" : "other";
      return distance(point, at, context) < REACH_CSS_PX[reach];
    });

  return {
    begin(point, context) {
      const index = handleAt(point, context);
      if (!corners.length) isSecondary = point.isSecondary;
      if (index < 0) corners.push({ at: pixelOf(point), isFree: false });
      held = { from: point, index: index < 0 ? corners.length - 1 : index, isNew: index < 0, hasMoved: false };
      return index < 0 ? show(pixelOf(point)) : show(null, index);
    },
    move(point, context) {
      if (!held || (!held.hasMoved && !hasMoved(held.from, point, context))) return [];
      held.hasMoved = true;
      if (!held.isNew) corners[held.index] = { at: pixelOf(point), isFree: false };
      else if (distance(point, corners[corners.length - 1].at, context) < handCssPx) return [];
      else corners.push({ at: pixelOf(point), isFree: true });
      return show(null, held.isNew ? -1 : held.index);
    },
    end(point) {
      const was = held;
      held = null;
      if (!was || !corners.length) return [];
      if (was.hasMoved) {
        corners[corners.length - 1].isFree = false;
        return show(null);
      }
      return !was.isNew && ends(was.index) ? close(point.shift) : [];
    },
    hover(point, context) {
      if (!corners.length) return [];
      const index = handleAt(point, context);
      return show(ends(index) ? null : pixelOf(point), index);
    },
    cancel: giveUp,
    key(key) {
      if (!corners.length) return null;
      if (isAccept(key)) return close(key === "Shift+Enter");
      if (key === "Escape") return giveUp();
      if (key !== "Backspace") return null;
      const before = corners.findLastIndex(({ isFree }, i) => !isFree && i < corners.length - 1);
      if (before < 0) return giveUp();
      held = null;
      corners.length = before + 1;
      return show(null);
    },
  };
}

/** @param {ToolPoint} point @returns {Place} the nearest */
function pixelOf({ x, y }) {
  return [Math.round(x), Math.round(y)];
}

/** @param {ToolPoint} point @param {Place} corner @param {ToolContext} context @returns {number} CSS pixels */
function distance({ x, y }, corner, { scale, ratio }) {
  return (Math.hypot(x - corner[0], y - corner[1]) * scale) / ratio;
}
