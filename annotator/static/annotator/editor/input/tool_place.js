/** @import {ToolPoint} from "../types.js" */
/** @import {Store} from "../store.js" */
import { effect, untracked } from "@preact/signals-core";
import { toImage } from "../view.js";

const NO_PRESSURE = 1;

/**
 * Where the tool is: under the pointer, also when the view moves beneath it, or where keys moved it to, which is a place
 * of the image.
 */
export class ToolPlace {
  /** @param {HTMLCanvasElement} canvas @param {Store} store */
  constructor(canvas, store) {
    this.canvas = canvas;
    this.store = store;
    /** Whether the right button is down. */
    this.isSecondary = false;
    /** @type {{x: number, y: number} | null} where the pointer is, device pixels; null where keys hold the tool */
    this.hovered = null;
    effect(() => {
      const view = store.view.value;
      const { hovered } = this;
      if (hovered) untracked(() => this.show(toImage(view, hovered.x, hovered.y)));
    });
  }

  /** @param {MouseEvent} event device pixels of the canvas */
  screen(event) {
    const box = this.canvas.getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) * this.canvas.width) / box.width,
      y: ((event.clientY - box.top) * this.canvas.height) / box.height,
    };
  }

  /** @param {MouseEvent} event @returns {ToolPoint} */
  point(event) {
    const { x: screenX, y: screenY } = this.screen(event);
    const isPen = event instanceof PointerEvent && event.pointerType === "pen";
    return {
      ...toImage(this.store.view.value, screenX, screenY),
      screenX,
      screenY,
      shift: event.shiftKey,
      ctrl: event.ctrlKey || event.metaKey,
      isSecondary: this.isSecondary,
      pressure: isPen ? event.pressure : NO_PRESSURE,
    };
  }

  /** The place as it is, whoever brought the tool there. @returns {ToolPoint} */
  get keyPoint() {
    const { view, cursor } = this.store;
    const { x, y } = cursor.value;
    return {
      x,
      y,
      screenX: x * view.value.scale + view.value.x,
      screenY: y * view.value.scale + view.value.y,
      shift: false,
      ctrl: false,
      isSecondary: false,
      pressure: NO_PRESSURE,
    };
  }

  /** @param {PointerEvent} event */
  track(event) {
    const { x, y, screenX, screenY } = this.point(event);
    this.hovered = { x: screenX, y: screenY };
    this.show({ x, y });
  }

  /** Keys take the tool where it is. */
  stay() {
    this.hovered = null;
  }

  /** @param {{x: number, y: number}} at continuous image coordinates */
  moveTo(at) {
    this.stay();
    this.show(at);
  }

  /** The pointer left the image. */
  leave() {
    this.stay();
    this.store.pointer.value = null;
  }

  /** @param {{x: number, y: number}} at continuous image coordinates */
  show({ x, y }) {
    const { cursor, pointer, image } = this.store;
    cursor.value = { x, y };
    const [px, py] = [Math.floor(x), Math.floor(y)];
    const { width, height } = image.value ?? { width: 0, height: 0 };
    const shown = pointer.peek();
    if (px < 0 || py < 0 || px >= width || py >= height) pointer.value = null;
    else if (shown?.x !== px || shown.y !== py) pointer.value = { x: px, y: py };
  }
}
