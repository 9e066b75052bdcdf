/** @import {ViewState} from "../types.js" */
import { pan, zoomAt } from "../view.js";

/** @typedef {{x: number, y: number}} ScreenPoint device pixels of the canvas */

/** Two fingers on the image: their middle moves the view, their distance zooms it. */
export class Pinch {
  constructor() {
    /** @type {Map<number, ScreenPoint>} */
    this.fingers = new Map();
  }

  get isOn() {
    return this.fingers.size >= 2;
  }

  /** @param {number} id @param {ScreenPoint} point */
  down(id, point) {
    this.fingers.set(id, point);
  }

  /** @param {number} id */
  up(id) {
    this.fingers.delete(id);
  }

  /**
   * @param {number} id @param {ScreenPoint} point
   * @param {ViewState} view
   * @param {{width: number, height: number}} image
   * @returns {ViewState}
   */
  move(id, point, view, image) {
    const before = span(this.fingers);
    this.fingers.set(id, point);
    const now = span(this.fingers);
    const zoomed = zoomAt(view, before.x, before.y, (view.scale * now.distance) / before.distance);
    return pan(zoomed, now.x - before.x, now.y - before.y, image.width, image.height);
  }
}

/** @param {Map<number, ScreenPoint>} fingers */
function span(fingers) {
  const [a, b] = fingers.values();
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, distance: Math.max(Math.hypot(a.x - b.x, a.y - b.y), 1) };
}
