/** @import {LabelMap} from "../labelmap.js" */
/** @import {Segment} from "../types.js" */

/** Flags in the fourth byte of a palette entry. */
export const VISIBLE = 1;
export const SELECTED = 2;

/** Colours of the difference between two labellings, by pixel value (see diff.js); chosen to differ in lightness too. */
export const DIFF_COLORS = ["#000000", "#2fbf71", "#e5484d", "#f5b83d"];

/**
 * RGBA bytes for all 65,536 pixel values: colour and flags of each segment.
 *
 * @param {Iterable<Segment>} segments
 * @param {(segment: Segment) => {color: string, isVisible: boolean, isSelected: boolean}} look
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function segmentPalette(segments, look) {
  const palette = new Uint8Array(65536 * 4);
  for (const segment of segments) {
    const { color, isVisible, isSelected } = look(segment);
    palette.set([...rgb(color), (isVisible ? VISIBLE : 0) | (isSelected ? SELECTED : 0)], segment.id * 4);
  }
  return palette;
}

/** @returns {Uint8Array<ArrayBuffer>} */
export function diffPalette() {
  const palette = new Uint8Array(65536 * 4);
  DIFF_COLORS.forEach((color, value) => value && palette.set([...rgb(color), VISIBLE], value * 4));
  return palette;
}

/** @param {string} hex `#rrggbb` or `#rgb` @returns {[number, number, number]} */
export function rgb(hex) {
  const digits = hex.length === 4 ? hex.replace(/[0-9a-f]/gi, "$&$&") : hex;
  const value = Number.parseInt(digits.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/**
 * @typedef {object} LabelStyle
 * @property {number} opacity 0..1 of the fill; 0 leaves the contour
 * @property {boolean} isShown
 * @property {boolean} isUnlabelledShown
 * @property {[number, number, number]} backdrop bytes of the colour around the image
 *
 * @typedef {object} ImageChunk Part of the image, small enough for one texture.
 * @property {number} x
 * @property {number} y
 * @property {ImageBitmap} bitmap
 *
 * @typedef {object} Renderer Draws; reads the label map and never writes it.
 * @property {string} backend
 * @property {(chunks: ImageChunk[], width: number, height: number) => void} setImage
 * @property {(map: LabelMap) => void} setLabels
 * @property {(palette: Uint8Array<ArrayBuffer>) => void} setPalette
 * @property {(view: import("../types.js").ViewState, style: LabelStyle) => void} draw
 * @property {() => void} dispose
 */
