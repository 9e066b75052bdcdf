/** @import {LabelMap} from "../labelmap.js" */
/** @import {Box} from "./image_levels.js" */
/** @import {LabelStyle} from "./palette.js" */
import { HATCH_SHIFT, SELECTED, VISIBLE } from "./palette.js";

/**
 * Labels and proposals as small canvases, for browsers without WebGL2; what the shader COMPOSE draws, in pixels of the
 * image, or every so many of them, in place of device pixels.
 *
 * @typedef {object} Grain
 * @property {number} step every so many image pixels one is painted
 * @property {number} line painted pixels of a contour
 *
 * @typedef {[number, number, number, number]} Ink bytes of red, green, blue and cover
 */

const NOTHING = /** @type {Ink} */ ([0, 0, 0, 0]);
const WHITE = /** @type {Ink} */ ([255, 255, 255, 255]);
const BLACK = /** @type {Ink} */ ([0, 0, 0, 255]);
const UNLABELLED = /** @type {Ink[]} */ ([[0, 0, 0, 102], [255, 255, 255, 128], [255, 255, 255, 128]]);
const CHOSEN_CONTOUR = /** @type {Ink} */ ([0, 0, 0, 230]);
const HATCH_COVER = 0.45;
const PROPOSAL_COVER = 0.65;

/**
 * @param {LabelMap} map @param {Uint8Array} palette @param {LabelStyle} style
 * @param {Box} box image pixels @param {Grain} grain
 */
export function paintLabels(map, palette, style, box, grain) {
  const { step, line } = grain;
  const inks = new Map();
  const inkOf = (/** @type {number} */ id) => {
    const known = inks.get(id);
    if (known) return known;
    const made = segmentInks(palette.subarray(id * 4, id * 4 + 4), style.opacity);
    inks.set(id, made);
    return made;
  };
  return paint(map, box, grain, (id, x, y, column, row) => {
    if (id === 0)
      return style.isUnlabelledShown ? (UNLABELLED[Math.floor((column + row) / line) & 7] ?? NOTHING) : NOTHING;
    const ink = inkOf(id);
    if (!ink) return NOTHING;
    if (isEdge(map, x, y, id, line * step)) return ink.contour;
    if (ink.isSelected && isEdge(map, x, y, id, 2 * line * step)) return WHITE;
    const isOnHatch = ink.pattern && isHatched(ink.pattern, Math.floor(column / line), Math.floor(row / line));
    return isOnHatch ? ink.hatch : ink.fill;
  });
}

/**
 * @param {Uint8Array} entry of the palette @param {number} opacity
 * @returns {{contour: Ink, fill: Ink, hatch: Ink, pattern: number, isSelected: boolean} | null} null where it is hidden
 */
function segmentInks([red, green, blue, flags], opacity) {
  if (!(flags & VISIBLE)) return null;
  const isLight = 0.3 * red + 0.6 * green + 0.1 * blue > 127.5;
  const isSelected = (flags & SELECTED) !== 0;
  return {
    contour: isSelected ? CHOSEN_CONTOUR : [red, green, blue, 255],
    fill: [red, green, blue, Math.round(opacity * 255)],
    hatch: over(isLight ? 0 : 255, HATCH_COVER, [red, green, blue], opacity),
    pattern: opacity === 0 ? 0 : (flags >> HATCH_SHIFT) & 7,
    isSelected,
  };
}

/**
 * One colour that does what two of them do, one over the other.
 * @param {number} grey byte @param {number} cover 0..1 @param {number[]} below bytes @param {number} coverBelow
 * @returns {Ink}
 */
function over(grey, cover, below, coverBelow) {
  const left = coverBelow * (1 - cover);
  const all = cover + left;
  const [red, green, blue] = below.map((channel) => Math.round((grey * cover + channel * left) / all));
  return [red, green, blue, Math.round(255 * all)];
}

/** As `isHatched` in shaders.js. @param {number} pattern @param {number} x @param {number} y */
function isHatched(pattern, x, y) {
  const isRising = ((x + y) & 7) === 0;
  const isFalling = ((x - y) & 7) === 0;
  if (pattern === 1) return isRising;
  if (pattern === 2) return isFalling;
  if (pattern === 3) return (y & 7) === 0;
  if (pattern === 4) return (x & 7) === 0;
  if (pattern === 5) return isRising || isFalling;
  if (pattern === 6) return (x & 7) === 0 || (y & 7) === 0;
  return (x & 7) < 2 && (y & 7) < 2;
}

/**
 * @param {LabelMap} map @param {[number, number, number]} color @param {Box} box image pixels @param {Grain} grain
 */
export function paintPreview(map, color, box, grain) {
  const { step, line } = grain;
  const fill = /** @type {Ink} */ ([...color, Math.round(255 * PROPOSAL_COVER)]);
  return paint(map, box, grain, (id, x, y) => {
    if (id === 0) return NOTHING;
    if (isEdge(map, x, y, id, line * step)) return WHITE;
    if (isEdge(map, x, y, id, 2 * line * step)) return BLACK;
    return fill;
  });
}

/** @param {LabelMap} map @param {number} x @param {number} y @param {number} id @param {number} reach image pixels */
function isEdge(map, x, y, id, reach) {
  return (
    map.get(x + reach, y) !== id ||
    map.get(x - reach, y) !== id ||
    map.get(x, y + reach) !== id ||
    map.get(x, y - reach) !== id
  );
}

/**
 * @param {LabelMap} map @param {Box} box @param {Grain} grain
 * @param {(id: number, x: number, y: number, column: number, row: number) => Ink} inkAt x, y: image pixel; column, row:
 *   the painted one, counted from the image's corner
 */
function paint(map, { x0, y0, x1, y1 }, { step }, inkAt) {
  const [width, height] = [(x1 - x0) / step, (y1 - y0) / step];
  const pixels = new Uint8ClampedArray(width * height * 4);
  let p = 0;
  for (let y = y0; y < y1; y += step) {
    for (let x = x0; x < x1; x += step, p += 4) {
      if (x >= map.width || y >= map.height) continue;
      const ink = inkAt(map.get(x, y), x, y, x / step, y / step);
      pixels[p] = ink[0];
      pixels[p + 1] = ink[1];
      pixels[p + 2] = ink[2];
      pixels[p + 3] = ink[3];
    }
  }
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d")?.putImageData(new ImageData(pixels, width, height), 0, 0);
  return canvas;
}
