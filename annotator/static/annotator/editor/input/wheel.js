/** @import {Store} from "../store.js" */
/** @import {ToolPlace} from "./tool_place.js" */
import { pan } from "../view.js";
import { Anchor } from "./anchor.js";
import { hasSize, resizeTool } from "./tool_size.js";

const ZOOM_PER_PX = 0.0016;
/** A pinch on a touchpad comes as a wheel with Ctrl, in small steps. */
const PINCH_SPEED = 4;
const LINE_PX = 32;
/** Turned this far, the size of a tool changes by a step: less than a notch of any mouse. */
const STEP_PX = 40;

/** The wheel zooms; with Shift it moves the view sideways, with Alt it changes the size of the tool. */
export class Wheel {
  /** @param {Store} store @param {ToolPlace} place */
  constructor(store, place) {
    this.store = store;
    this.place = place;
    this.anchor = new Anchor();
    /** How far it was turned towards the next step of the size, CSS pixels. */
    this.turned = 0;
  }

  /** @param {WheelEvent} event */
  turn(event) {
    event.preventDefault();
    const { view, image, phase, toolName } = this.store;
    if (!image.value || phase.value !== "ready") return;
    const pixels = turnedPx(event);
    if (event.altKey && hasSize(toolName.value)) return this.resize(pixels);
    const { width, height } = image.value;
    if (event.shiftKey) {
      view.value = pan(view.value, -pixels * view.value.ratio, 0, width, height);
      return;
    }
    const { screenX, screenY } = this.place.point(event);
    const scale = view.value.scale * Math.exp(-pixels * ZOOM_PER_PX * (event.ctrlKey ? PINCH_SPEED : 1));
    view.value = this.anchor.zoom(view.value, screenX, screenY, scale, image.value);
  }

  /** @param {number} pixels less than 0 for up, which is bigger */
  resize(pixels) {
    this.turned += pixels;
    if (Math.abs(this.turned) < STEP_PX) return;
    resizeTool(this.store, this.turned < 0 ? 1 : -1);
    this.turned = 0;
  }
}

/** @param {WheelEvent} event @returns {number} CSS pixels, less than 0 for up */
function turnedPx({ deltaX, deltaY, deltaMode, shiftKey }) {
  // With Shift some systems make it sideways themselves.
  const delta = deltaY || (shiftKey ? deltaX : 0);
  return deltaMode === WheelEvent.DOM_DELTA_PIXEL ? delta : delta * LINE_PX;
}
