/** @import {LabelStyle} from "./palette.js" */

/**
 * The image with brightness, contrast and gamma, for browsers without WebGL2; as `adjusted` in shaders.js. What was made
 * is kept as long as neither the bitmap nor the adjustment goes.
 */
export class Tones {
  constructor() {
    this.key = "";
    /** @type {Uint8ClampedArray | null} null where the image is shown as it is */
    this.table = null;
    /** @type {WeakMap<ImageBitmap, OffscreenCanvas>} */
    this.made = new WeakMap();
  }

  /** @param {Pick<LabelStyle, "brightness" | "contrast" | "gamma">} style */
  follow(style) {
    const key = [style.brightness, style.contrast, style.gamma].join();
    if (key === this.key) return;
    this.key = key;
    this.table = toneTable(style);
    this.made = new WeakMap();
  }

  /** @param {ImageBitmap} bitmap @returns {ImageBitmap | OffscreenCanvas} */
  of(bitmap) {
    const { table } = this;
    if (!table) return bitmap;
    let canvas = this.made.get(bitmap);
    if (!canvas) this.made.set(bitmap, (canvas = adjusted(bitmap, table)));
    return canvas;
  }
}

/**
 * @param {Pick<LabelStyle, "brightness" | "contrast" | "gamma">} style
 * @returns {Uint8ClampedArray | null} a byte for each byte; null where that changes none
 */
export function toneTable({ brightness, contrast, gamma }) {
  if (brightness === 0 && contrast === 0 && gamma === 1) return null;
  const slope = contrast < 0 ? 1 + contrast : 1 / Math.max(1 - contrast, 0.02);
  return Uint8ClampedArray.from({ length: 256 }, (_, byte) => {
    const tone = (byte / 255 - 0.5) * slope + 0.5 + brightness;
    return 255 * Math.min(Math.max(tone, 0), 1) ** (1 / gamma);
  });
}

/** @param {ImageBitmap} bitmap @param {Uint8ClampedArray} table */
function adjusted(bitmap, table) {
  const { width, height } = bitmap;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("This browser cannot change the tones of a picture.");
  context.drawImage(bitmap, 0, 0);
  const picture = context.getImageData(0, 0, width, height);
  const { data } = picture;
  for (let p = 0; p < data.length; p += 4) {
    data[p] = table[data[p]];
    data[p + 1] = table[data[p + 1]];
    data[p + 2] = table[data[p + 2]];
  }
  context.putImageData(picture, 0, 0);
  return canvas;
}
