/** @import {Store} from "../store.js" */
import { effect } from "@preact/signals-core";
import { byId, h } from "./dom.js";

const WIDTH_CSS_PX = 18;
const TICK_EVERY_CSS_PX = 70;
/** Height of a digit. */
const DIGIT_CSS_PX = 7;
const STEPS = [1, 2, 5];

/** Image coordinates along the top and left edge, with the pointer's place marked. @param {Store} store */
export function mountRulers(store) {
  const place = byId("stage").parentElement;
  const rulers = /** @type {const} */ (["x", "y"]).map((axis) => {
    const canvas = h("canvas", { className: `ruler ${axis}`, aria: { hidden: "true" } });
    place?.append(canvas);
    return { axis, canvas };
  });
  effect(() => {
    const isShown = store.areRulersShown.value && store.phase.value === "ready";
    void store.theme.value;
    for (const { axis, canvas } of rulers) {
      canvas.hidden = !isShown;
      if (isShown) draw(store, axis, canvas);
    }
  });
}

/** @param {Store} store @param {"x" | "y"} axis @param {HTMLCanvasElement} canvas */
function draw(store, axis, canvas) {
  const view = store.view.value;
  const { ratio, scale } = view;
  const length = axis === "x" ? view.width : view.height;
  const thick = Math.round(WIDTH_CSS_PX * ratio);
  [canvas.width, canvas.height] = axis === "x" ? [length, thick] : [thick, length];
  const context = canvas.getContext("2d");
  if (!context) return;
  const style = getComputedStyle(canvas);
  context.fillStyle = style.backgroundColor;
  context.fillRect(0, 0, canvas.width, canvas.height);
  if (axis === "y") context.transform(0, 1, 1, 0, 0, 0);
  context.fillStyle = style.color;
  context.font = `${Math.round(10 * ratio)}px ${style.fontFamily}`;
  const step = tickStep((TICK_EVERY_CSS_PX * ratio) / scale);
  const offset = view[axis];
  // The corner belongs to both rulers; numbers that begin in it would be cut.
  const first = Math.max(0, Math.ceil((thick - offset) / scale / step) * step);
  const size = store.image.value?.[axis === "x" ? "width" : "height"] ?? 0;
  for (let value = first; value <= size && value * scale + offset < length; value += step)
    tick(context, {
      at: Math.round(value * scale + offset),
      thick,
      ratio,
      text: String(value),
      isUpright: axis === "y",
    });
  const pointer = store.pointer.value;
  if (!pointer) return;
  context.fillStyle = style.borderColor;
  context.fillRect(Math.round(pointer[axis] * scale + offset), 0, Math.max(Math.ceil(scale), ratio), thick);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {{at: number, thick: number, ratio: number, text: string, isUpright: boolean}} mark
 */
function tick(context, { at, thick, ratio, text, isUpright }) {
  context.fillRect(at, thick / 2, Math.max(1, Math.round(ratio)), thick / 2);
  context.save();
  context.translate(at + 3 * ratio, thick - 4 * ratio);
  // The left ruler's axes are swapped, which mirrors its letters; mirrored back they read from top to bottom.
  if (isUpright) {
    context.scale(1, -1);
    context.translate(0, DIGIT_CSS_PX * ratio);
  }
  context.fillText(text, 0, 0);
  context.restore();
}

/** The round number of image pixels at or above `least`: 1, 2 or 5 times a power of ten. @param {number} least */
export function tickStep(least) {
  const power = 10 ** Math.max(0, Math.floor(Math.log10(least)));
  const found = STEPS.find((step) => step * power >= least);
  return found ? found * power : 10 * power;
}
