/** @import {ImageChunk, Renderer} from "./palette.js" */
import { CanvasRenderer } from "./canvas2d.js";
import { WebGLRenderer } from "./webgl.js";

const CHUNK = 2048;

/**
 * The best renderer that this browser has.
 * @param {HTMLCanvasElement} canvas
 * @param {() => void} onRestored
 * @returns {Renderer}
 */
export function createRenderer(canvas, onRestored) {
  const gl = canvas.getContext("webgl2", {
    alpha: false,
    antialias: false,
    depth: false,
    powerPreference: "high-performance",
  });
  if (gl) return new WebGLRenderer(canvas, gl, onRestored);
  const context = canvas.getContext("2d", { alpha: false });
  if (!context) throw new Error("This browser can draw neither with WebGL2 nor on a 2D canvas.");
  return new CanvasRenderer(context);
}

/**
 * Decodes an image file, turned upright by its EXIF orientation, into parts of at most 2,048 pixels a side.
 * @param {Blob} file
 * @returns {Promise<{chunks: ImageChunk[], width: number, height: number}>}
 */
export async function decodeImage(file) {
  const whole = await createImageBitmap(file);
  const { width, height } = whole;
  if (width <= CHUNK && height <= CHUNK) return { chunks: [{ x: 0, y: 0, bitmap: whole }], width, height };
  const chunks = [];
  for (let y = 0; y < height; y += CHUNK) {
    for (let x = 0; x < width; x += CHUNK) {
      const size = /** @type {const} */ ([Math.min(CHUNK, width - x), Math.min(CHUNK, height - y)]);
      chunks.push({ x, y, bitmap: await createImageBitmap(whole, x, y, ...size) });
    }
  }
  whole.close();
  return { chunks, width, height };
}
