/** @import {ViewState} from "../types.js" */
import { pan, toImage, zoomAbout } from "../view.js";

/**
 * Zooms about one place of the window. Views stand on whole device pixels; in a row of small zooms that would add up to
 * many pixels, so the image point that the first one began with is kept until another place or view comes.
 */
export class Anchor {
  constructor() {
    /** @type {ViewState | null} what the last zoom came to */
    this.view = null;
    this.screenX = 0;
    this.screenY = 0;
    this.point = { x: 0, y: 0 };
  }

  /**
   * @param {ViewState} view @param {number} screenX device pixels @param {number} screenY
   * @param {number} scale wanted @param {{width: number, height: number}} image
   * @returns {ViewState} with a corner of the image kept in sight
   */
  zoom(view, screenX, screenY, scale, image) {
    const goesOn = view === this.view && screenX === this.screenX && screenY === this.screenY;
    if (!goesOn) this.point = toImage(view, screenX, screenY);
    [this.screenX, this.screenY] = [screenX, screenY];
    this.view = pan(zoomAbout(view, this.point, screenX, screenY, scale), 0, 0, image.width, image.height);
    return this.view;
  }
}
