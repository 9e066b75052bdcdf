/** @import {Gesture, Intent, ToolContext, ToolPoint} from "../types.js" */
/** @import {Store} from "../store.js" */
import { effect, untracked } from "@preact/signals-core";
import { dragViewGesture } from "../tools/pan.js";
import { TOOLS } from "../tools/registry.js";
import { Pinch } from "./pinch.js";
import { ToolPlace } from "./tool_place.js";
import { Wheel } from "./wheel.js";

const MIDDLE_BUTTON = 1;
const SECONDARY_BUTTON = 2;
const PEN_ERASER_BUTTON = 5;
/** Stands for a pointer id where the tool is held down by a key. */
const KEYBOARD = -1;
/** A finger that moved less than this may still be the first of two. */
const FINGER_SLOP_CSS_PX = 12;

/**
 * @typedef {object} Press
 * @property {number} id of the pointer
 * @property {string} type of the pointer
 * @property {Gesture} gesture
 * @property {ToolPoint | null} start where a finger went down, as long as the gesture has not begun
 */

/** Pointers, pen and wheel on the image, handed to the tool in use as image coordinates. */
export class Pointers {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {HTMLElement} stage element over the canvas that takes the pointer
   * @param {Store} store
   * @param {(intents: Intent[]) => void} act
   */
  constructor(canvas, stage, store, act) {
    this.stage = stage;
    this.store = store;
    this.act = act;
    /** @type {Gesture} the chosen tool, kept between clicks (a polygon is many) */
    this.gesture = TOOLS.pan.create();
    /** @type {Press | null} what holds the button now */
    this.active = null;
    this.place = new ToolPlace(canvas, store);
    this.wheel = new Wheel(store, this.place);
    this.isPanHeld = false;
    this.pinch = new Pinch();
    // What a tool's end reads must not begin it anew: an outline in the making outlives a save.
    effect(() => {
      const name = store.toolName.value;
      untracked(() => this.choose(name));
    });
    effect(() => {
      if (store.phase.value === "ready") return;
      this.active = null;
      untracked(() => this.act(this.gesture.cancel()));
    });
    stage.addEventListener("pointerdown", (event) => this.down(event));
    stage.addEventListener("pointermove", (event) => this.move(event));
    stage.addEventListener("pointerup", (event) => this.up(event));
    stage.addEventListener("pointercancel", (event) => this.abort(event));
    stage.addEventListener("lostpointercapture", (event) => this.lose(event));
    for (const type of ["pointerup", "pointercancel"])
      stage.addEventListener(type, (event) => this.pinch.up(/** @type {PointerEvent} */ (event).pointerId));
    stage.addEventListener("pointerleave", () => this.place.leave());
    stage.addEventListener("wheel", (event) => this.wheel.turn(event), { passive: false });
    stage.addEventListener("contextmenu", (event) => event.preventDefault());
  }

  /** @param {string} name */
  choose(name) {
    this.endGesture();
    this.gesture = TOOLS[name].create();
    this.showCursor();
  }

  /** Finishes the stroke in progress, as lifting the pointer would, and drops an outline in the making. */
  endGesture() {
    this.finishStroke();
    this.act(this.gesture.cancel());
  }

  /** Finishes the stroke in progress where the tool is now; an outline in the making stays. */
  finishStroke() {
    const { active } = this;
    this.active = null;
    this.place.isSecondary = false;
    if (active && !active.start) this.act(active.gesture.end(this.place.keyPoint, this.context));
  }

  showCursor() {
    const cursor = this.isPanHeld ? "grab" : TOOLS[this.store.toolName.peek()].cursor;
    this.stage.dataset.cursor = cursor;
  }

  /** @param {boolean} isHeld whether Space is down: any tool moves the view meanwhile */
  holdPan(isHeld) {
    this.isPanHeld = isHeld;
    this.showCursor();
  }

  /** @param {string} key @returns {boolean} whether the tool in use took it */
  key(key) {
    if (key === "Escape" && this.active) {
      this.dropStroke();
      return true;
    }
    const intents = this.gesture.key?.(key) ?? null;
    if (intents) this.act(intents);
    return intents !== null;
  }

  /** @returns {ToolContext} */
  get context() {
    const { brushPx, brushShape, isPressureOn, view } = this.store;
    return {
      brushPx: brushPx.value,
      brushShape: brushShape.value,
      isPressureOn: isPressureOn.value,
      scale: view.value.scale,
      ratio: view.value.ratio,
    };
  }

  /** Moves the tool by keys, drawing where it is pressed down. @param {number} dx image pixels @param {number} dy */
  nudge(dx, dy) {
    const image = this.store.image.value;
    if (!image || this.store.phase.value !== "ready" || (this.active && this.active.id !== KEYBOARD)) return;
    const { x, y } = this.store.cursor.value;
    const within = (/** @type {number} */ value, /** @type {number} */ size) =>
      Math.min(Math.max(Math.floor(value), 0), size - 1) + 0.5;
    this.place.moveTo({ x: within(x + dx, image.width), y: within(y + dy, image.height) });
    this.act(
      this.active?.gesture.move(this.place.keyPoint, this.context) ?? this.gesture.hover?.(this.place.keyPoint, this.context) ?? [],
    );
  }

  /** Presses the tool down at its place, or lifts it; tools that only click do both at once. */
  press() {
    if (this.store.phase.value !== "ready") return;
    if (this.active) {
      if (this.active.id === KEYBOARD) this.finishStroke();
      return;
    }
    this.place.stay();
    this.active = { id: KEYBOARD, type: "keyboard", gesture: this.gesture, start: null };
    this.act(this.gesture.begin(this.place.keyPoint, this.context));
    if (!this.isBrush) this.finishStroke();
  }

  get isBrush() {
    return TOOLS[this.store.toolName.peek()].cursor === "brush";
  }

  /** @param {PointerEvent} event */
  down(event) {
    if (event.target !== this.stage) return;
    if (!this.makeWay(event) || this.active || this.store.phase.value !== "ready") return;
    const gesture = this.gestureFor(event);
    if (!gesture) return;
    event.preventDefault();
    this.stage.focus({ preventScroll: true });
    this.stage.setPointerCapture(event.pointerId);
    this.place.isSecondary = event.button === SECONDARY_BUTTON;
    this.place.track(event);
    const start = this.place.point(event);
    const mayPinch = event.pointerType === "touch" && !this.isBrush;
    this.active = { id: event.pointerId, type: event.pointerType, gesture, start: mayPinch ? start : null };
    if (!mayPinch) this.act(gesture.begin(start, this.context));
  }

  /**
   * What a pointer that comes means for the one that is down: a second finger that the first did not mean to draw, a
   * pen that what touches the screen is a palm, any that keys no longer draw.
   * @param {PointerEvent} event
   * @returns {boolean} whether it may draw
   */
  makeWay(event) {
    const { active, pinch } = this;
    const { pointerType, pointerId } = event;
    if (active?.id === KEYBOARD) this.finishStroke();
    if (pointerType === "touch") {
      if (active && active.type !== "touch") return false;
      pinch.down(pointerId, this.place.screen(event));
      if (pinch.isOn) this.dropStroke();
      return !pinch.isOn;
    }
    if (pointerType !== "pen") return true;
    pinch.clear();
    if (active?.type === "touch") this.dropStroke();
    return true;
  }

  /** Takes the stroke in progress back; what a finger did not begin yet leaves an outline as it is. */
  dropStroke() {
    const { active } = this;
    this.active = null;
    this.place.isSecondary = false;
    if (active && !active.start) this.act(active.gesture.cancel());
  }

  /** @param {PointerEvent} event @returns {Gesture | null} */
  gestureFor(event) {
    // A wheel that is pressed by mistake must not make the view jump, as a click of the tool does.
    if (event.button === MIDDLE_BUTTON) return dragViewGesture();
    if (event.button === 0 && this.isPanHeld) return TOOLS.pan.create();
    if (event.button === PEN_ERASER_BUTTON) return TOOLS.eraser.create();
    if (event.button === SECONDARY_BUTTON) return TOOLS[this.store.toolName.value].takesSecondary ? this.gesture : null;
    if (event.button !== 0) return null;
    return event.altKey ? TOOLS.picker.create() : this.gesture;
  }

  /** @param {PointerEvent} event */
  move(event) {
    const image = this.store.image.value;
    if (this.pinch.fingers.has(event.pointerId) && this.pinch.isOn && image) {
      this.store.view.value = this.pinch.move(event.pointerId, this.place.screen(event), this.store.view.value, image);
      return;
    }
    const { active } = this;
    if (active && active.id !== KEYBOARD && active.id !== event.pointerId) return;
    // The button was let go where the page did not hear of it: behind another window or tab.
    if (active?.type === "mouse" && event.buttons === 0) this.finishStroke();
    if (active?.id !== KEYBOARD) this.place.track(event);
    if (!this.active) {
      this.act(this.gesture.hover?.(this.place.point(event), this.context) ?? []);
      return;
    }
    if (event.pointerId !== this.active.id || !this.hasBegun(this.place.point(event))) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const part of events.length ? events : [event]) {
      this.act(this.active.gesture.move(this.place.point(part), this.context));
    }
  }

  /**
   * Begins what a finger went down for, once it is clear that it is not the first of two.
   * @param {ToolPoint | null} point where the finger is; null when it was lifted
   */
  hasBegun(point) {
    const { active } = this;
    if (!active?.start) return true;
    const { start } = active;
    const moved = point ? Math.hypot(point.screenX - start.screenX, point.screenY - start.screenY) : Infinity;
    if (moved <= FINGER_SLOP_CSS_PX * this.store.view.value.ratio) return false;
    active.start = null;
    this.act(active.gesture.begin(start, this.context));
    return true;
  }

  /** @param {PointerEvent} event */
  up(event) {
    if (event.pointerId !== this.active?.id) return;
    this.hasBegun(null);
    const { gesture } = this.active;
    this.active = null;
    this.act(gesture.end(this.place.point(event), this.context));
    this.place.isSecondary = false;
  }

  /**
   * Chromium takes the pointer from the stage when any button is let go, also where another one is still down.
   * @param {PointerEvent} event
   */
  lose(event) {
    if (event.pointerId !== this.active?.id) return;
    if (event.buttons === 0) this.finishStroke();
    else this.stage.setPointerCapture(event.pointerId);
  }

  /** @param {PointerEvent} event */
  abort(event) {
    if (event.pointerId !== this.active?.id) return;
    this.dropStroke();
  }
}
