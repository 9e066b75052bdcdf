/** @import {Renderer} from "./palette.js" */
import { CanvasRenderer } from "./canvas2d.js";
import { WebGLRenderer } from "./webgl.js";

/**
 * The best renderer that this browser has.
 * @param {HTMLCanvasElement} canvas
 * @param {() => void} requestFrame called when something new wants to be drawn: a tile that came, a context restored
 * @param {() => void} onBlind called when the browser took the context away and does not bring it back
 * @returns {Renderer}
 */
export function createRenderer(canvas, requestFrame, onBlind) {
  // The drawing buffer is kept between frames, so that a stroke sends only what it changed to the screen.
  const gl = canvas.getContext("webgl2", {
    alpha: false,
    antialias: false,
    depth: false,
    powerPreference: "high-performance",
    preserveDrawingBuffer: true,
  });
  if (gl) return new WebGLRenderer(canvas, gl, requestFrame, onBlind);
  const context = canvas.getContext("2d", { alpha: false });
  if (!context) throw new Error("This browser can draw neither with WebGL2 nor on a 2D canvas.");
  return new CanvasRenderer(context, requestFrame);
}
