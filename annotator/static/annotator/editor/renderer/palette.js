/** @import {LabelMap} from "../labelmap.js" */
/** @import {Picture} from "../picture.js" */
/** @import {Segment, ViewState} from "../types.js" */

/** Flags in the fourth byte of a palette entry; the bits above them hold the hatch. */
export const VISIBLE = 1;
export const SELECTED = 2;
export const HATCH_SHIFT = 2;
/** Patterns that classes can carry: 1 to 7 (see `hatch` in shaders.js); 0 is none. */
export const HATCHES = 7;

/** Colours of the difference between two labellings, by pixel value (see diff.js); chosen to differ in lightness too. */
export const DIFF_COLORS = ["#000000", "#2fbf71", "#e5484d", "#f5b83d"];

/**
 * RGBA bytes for all 65,536 pixel values: colour and flags of each segment.
 *
 * @param {Iterable<Segment>} segments
 * @param {(segment: Segment) => SegmentLook} look
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function segmentPalette(segments, look) {
  const palette = new Uint8Array(65536 * 4);
  for (const segment of segments) {
    const { color, isVisible, isSelected, hatch } = look(segment);
    const flags = (isVisible ? VISIBLE : 0) | (isSelected ? SELECTED : 0) | (hatch << HATCH_SHIFT);
    palette.set(rgb(color), segment.id * 4);
    palette[segment.id * 4 + 3] = flags;
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
 * @typedef {object} SegmentLook
 * @property {string} color
 * @property {boolean} isVisible
 * @property {boolean} isSelected
 * @property {number} hatch 0 for none, else 1 to HATCHES
 *
 * @typedef {object} LabelStyle
 * @property {number} opacity 0..1 of the fill; 0 leaves the contour
 * @property {boolean} isShown
 * @property {boolean} isUnlabelledShown
 * @property {boolean} isSmooth whether pixels of the image that are magnified run into each other
 * @property {[number, number, number]} backdrop bytes of the colour around the image
 * @property {number} brightness of the image, -1..1, 0 as it is
 * @property {number} contrast -1..1, 0 as it is
 * @property {number} gamma 1 as it is; larger lifts the shadows
 * @property {number} heatOpacity 0..1 of the uncertainty overlay
 *
 * @typedef {object} Renderer Draws; reads the label map and never writes it.
 * @property {string} backend
 * @property {boolean} isComplete whether the last frame showed everything there is, at full sharpness
 * @property {Promise<void>} ready settles when the first stroke can be drawn without delay
 * @property {(picture: Picture) => void} setImage
 * @property {(map: LabelMap) => void} setLabels
 * @property {(palette: Uint8Array<ArrayBuffer>) => void} setPalette
 * @property {(map: LabelMap | null, color: [number, number, number]) => void} setPreview a proposal: its pixels that are not 0
 * @property {(heat: ImageBitmap | null) => void} setHeat 8-bit grey over the whole image; given away
 * @property {(view: ViewState, style: LabelStyle) => boolean} draw whether all is shown; if not, it wants another frame
 * @property {(picture: Picture, view: ViewState) => boolean} prepare sends ahead what a picture needs in a view; whether all is there
 * @property {() => void} dispose
 */
