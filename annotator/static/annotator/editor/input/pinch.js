/** @import {ViewState} from "../types.js" */
import { pan, toImage, zoomAbout } from "../view.js";

/** @typedef {{x: number, y: number}} ScreenPoint device pixels of the canvas */

/** Two fingers on the image: their middle moves the view, their distance zooms it. */
export class Pinch {
  constructor() {
    /** @type {Map<number, ScreenPoint>} */
    this.fingers = new Map();
    /** @type {ViewState | null} what the last move came to */
    this.view = null;
    /** Image point under the middle of the fingers, and pixels of the image between them, when they began. */
    this.start = { x: 0, y: 0, distance: 1 };
  }

  get isOn() {
    return this.fingers.size >= 2;
  }

  /** @param {number} id @param {ScreenPoint} point */
  down(id, point) {
    this.fingers.set(id, point);
    this.view = null;
  }

  /** @param {number} id */
  up(id) {
    this.fingers.delete(id);
    this.view = null;
  }

  /** Forgets fingers that turned out to be a palm. */
  clear() {
    this.fingers.clear();
    this.view = null;
  }

  /**
   * @param {number} id @param {ScreenPoint} point
   * @param {ViewState} view
   * @param {{width: number, height: number}} image
   * @returns {ViewState}
   */
  move(id, point, view, image) {
    if (view !== this.view) {
      const { x, y, distance } = span(this.fingers);
      this.start = { ...toImage(view, x, y), distance: distance / view.scale };
    }
    this.fingers.set(id, point);
    const { x, y, distance } = span(this.fingers);
    const zoomed = zoomAbout(view, this.start, x, y, distance / this.start.distance);
    this.view = pan(zoomed, 0, 0, image.width, image.height);
    return this.view;
  }
}

/** @param {Map<number, ScreenPoint>} fingers */
function span(fingers) {
  const [a, b] = fingers.values();
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, distance: Math.max(Math.hypot(a.x - b.x, a.y - b.y), 1) };
}
