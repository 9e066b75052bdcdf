/** @import {Box} from "./shapes.js" */
/** @import {ViewState} from "./types.js" */

/** Pure geometry of the viewport: every function returns a new view. Device pixels throughout. */

/** An image of 65,535 pixels fits into a window of 390. */
const MIN_SCALE = 1 / 256;
const MAX_SCALE = 64;
const MARGIN_CSS_PX = 24;

/** @returns {ViewState} */
export function emptyView() {
  return { scale: 1, x: 0, y: 0, width: 1, height: 1, ratio: 1, isFitted: false };
}

/**
 * Continuous image coordinates under a device pixel position; floor them for the pixel.
 * @param {ViewState} view @param {number} screenX @param {number} screenY
 */
export function toImage(view, screenX, screenY) {
  return { x: (screenX - view.x) / view.scale, y: (screenY - view.y) / view.scale };
}

/**
 * @param {ViewState} view @param {number} width image pixels @param {number} height
 * @returns {ViewState} the whole image, centred; it stays so when the window changes
 */
export function fit(view, width, height) {
  return { ...fitBox(view, { x0: 0, y0: 0, x1: width, y1: height }), isFitted: true };
}

/**
 * @param {ViewState} view @param {{x0: number, y0: number, x1: number, y1: number}} box image pixels
 * @returns {ViewState}
 */
export function fitBox(view, box) {
  const margin = 2 * MARGIN_CSS_PX * view.ratio;
  const free = Math.min((view.width - margin) / (box.x1 - box.x0), (view.height - margin) / (box.y1 - box.y0));
  const scale = clampScale(free);
  return {
    ...view,
    scale,
    isFitted: false,
    x: Math.round(view.width / 2 - (scale * (box.x0 + box.x1)) / 2),
    y: Math.round(view.height / 2 - (scale * (box.y0 + box.y1)) / 2),
  };
}

/**
 * @param {ViewState} view @param {number} width device pixels @param {number} height @param {number} ratio
 * @param {{width: number, height: number} | null} image
 * @returns {ViewState} the same in a window of another size: what was in its middle stays there, and an image that was
 *   wholly in sight is so again
 */
export function resized(view, width, height, ratio, image) {
  if (view.isFitted && image) return fit({ ...view, width, height, ratio }, image.width, image.height);
  return {
    ...view,
    width,
    height,
    ratio,
    x: view.x + Math.round((width - view.width) / 2),
    y: view.y + Math.round((height - view.height) / 2),
  };
}

/**
 * Zooms so that an image point comes to lie at (screenX, screenY), to the nearest device pixel.
 * @param {ViewState} view @param {{x: number, y: number}} point @param {number} screenX @param {number} screenY
 * @param {number} scale wanted
 * @returns {ViewState}
 */
export function zoomAbout(view, point, screenX, screenY, scale) {
  const next = clampScale(scale);
  return {
    ...view,
    scale: next,
    isFitted: false,
    x: Math.round(screenX - point.x * next),
    y: Math.round(screenY - point.y * next),
  };
}

/**
 * @param {ViewState} view @param {number} dx @param {number} dy @param {number} imageWidth @param {number} imageHeight
 * @returns {ViewState} moved, with at least a corner of the image kept in sight
 */
export function pan(view, dx, dy, imageWidth, imageHeight) {
  const keep = 48 * view.ratio;
  const clamp = (/** @type {number} */ at, /** @type {number} */ size, /** @type {number} */ room) =>
    Math.round(Math.min(Math.max(at, keep - size), room - keep));
  return {
    ...view,
    isFitted: false,
    x: clamp(view.x + dx, imageWidth * view.scale, view.width),
    y: clamp(view.y + dy, imageHeight * view.scale, view.height),
  };
}

/**
 * @param {ViewState} view @param {number} x continuous image coordinate @param {number} y
 * @param {number} imageWidth @param {number} imageHeight
 * @returns {ViewState} moved so that the point lies in the middle; a place off the image as far as `pan` goes
 */
export function centred(view, x, y, imageWidth, imageHeight) {
  const [dx, dy] = [view.width / 2 - (x * view.scale + view.x), view.height / 2 - (y * view.scale + view.y)];
  return pan(view, dx, dy, imageWidth, imageHeight);
}

/**
 * @param {ViewState} view @param {number} width of the image @param {number} height
 * @returns {Box | null} the pixels of the image that are in view, end exclusive; null where none is
 */
export function inView(view, width, height) {
  const [from, to] = [toImage(view, 0, 0), toImage(view, view.width, view.height)];
  const box = {
    x0: Math.max(0, Math.floor(from.x)),
    y0: Math.max(0, Math.floor(from.y)),
    x1: Math.min(width, Math.ceil(to.x)),
    y1: Math.min(height, Math.ceil(to.y)),
  };
  return box.x0 < box.x1 && box.y0 < box.y1 ? box : null;
}

/** @param {number} scale */
function clampScale(scale) {
  return Math.min(Math.max(scale, MIN_SCALE), MAX_SCALE);
}
