/** @import {Gesture, Intent, ToolContext, ToolPoint} from "../types.js" */
/** @import {Store} from "../store.js" */
import { effect, untracked } from "@preact/signals-core";
import { TOOLS } from "../tools/registry.js";
import { toImage, zoomAt } from "../view.js";
import { Pinch } from "./pinch.js";

const MIDDLE_BUTTON = 1;
const SECONDARY_BUTTON = 2;
const PEN_ERASER_BUTTON = 5;
const WHEEL_ZOOM_PER_PX = 0.0016;
const LINE_PX = 32;
const NO_PRESSURE = 1;
/** Stands for a pointer id where the tool is held down by a key. */
const KEYBOARD = -1;

/** Pointers, pen and wheel on the image, handed to the tool in use as image coordinates. */
export class Pointers {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {HTMLElement} stage element over the canvas that takes the pointer
   * @param {Store} store
   * @param {(intents: Intent[]) => void} act
   */
  constructor(canvas, stage, store, act) {
    this.canvas = canvas;
    this.stage = stage;
    this.store = store;
    this.act = act;
    /** @type {Gesture} the chosen tool, kept between clicks (a polygon is many) */
    this.gesture = TOOLS.pan.create();
    /** @type {{id: number, gesture: Gesture} | null} the one that holds the button now */
    this.active = null;
    this.isPanHeld = false;
    this.isSecondary = false;
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
    for (const type of ["pointerup", "pointercancel"])
      stage.addEventListener(type, (event) => this.pinch.up(/** @type {PointerEvent} */ (event).pointerId));
    stage.addEventListener("pointerleave", () => (store.pointer.value = null));
    stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
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
    if (this.active) {
      const { gesture } = this.active;
      this.active = null;
      this.act(gesture.end(this.keyPoint, this.context));
    }
    this.act(this.gesture.cancel());
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

  /** The tool's place when it is moved by keys. @returns {ToolPoint} */
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

  /** Moves the tool by keys, drawing where it is pressed down. @param {number} dx image pixels @param {number} dy */
  nudge(dx, dy) {
    const image = this.store.image.value;
    if (!image || this.store.phase.value !== "ready" || (this.active && this.active.id !== KEYBOARD)) return;
    const { x, y } = this.store.cursor.value;
    const within = (/** @type {number} */ value, /** @type {number} */ size) =>
      Math.min(Math.max(Math.floor(value), 0), size - 1) + 0.5;
    this.place(within(x + dx, image.width), within(y + dy, image.height));
    this.act(
      this.active?.gesture.move(this.keyPoint, this.context) ?? this.gesture.hover?.(this.keyPoint, this.context) ?? [],
    );
  }

  /** Presses the tool down at its place, or lifts it; tools that only click do both at once. */
  press() {
    if (this.store.phase.value !== "ready") return;
    if (this.active) {
      if (this.active.id === KEYBOARD) this.lift();
      return;
    }
    this.active = { id: KEYBOARD, gesture: this.gesture };
    this.act(this.gesture.begin(this.keyPoint, this.context));
    if (TOOLS[this.store.toolName.value].cursor !== "brush") this.lift();
  }

  lift() {
    const gesture = this.active?.gesture;
    this.active = null;
    this.act(gesture?.end(this.keyPoint, this.context) ?? []);
  }

  /** @param {PointerEvent} event */
  down(event) {
    if (event.pointerType === "touch" && event.target === this.stage) {
      this.pinch.down(event.pointerId, this.screen(event));
      if (this.pinch.isOn) return this.dropStroke();
    }
    if (this.active || this.store.phase.value !== "ready" || event.target !== this.stage) return;
    const gesture = this.gestureFor(event);
    if (!gesture) return;
    event.preventDefault();
    this.stage.focus({ preventScroll: true });
    this.stage.setPointerCapture(event.pointerId);
    this.active = { id: event.pointerId, gesture };
    this.isSecondary = event.button === SECONDARY_BUTTON;
    this.track(event);
    this.act(gesture.begin(this.point(event), this.context));
  }

  /** The second finger says that the first did not mean to draw. */
  dropStroke() {
    if (this.active) this.act(this.active.gesture.cancel());
    this.active = null;
  }

  /** @param {PointerEvent} event @returns {Gesture | null} */
  gestureFor(event) {
    if (event.button === MIDDLE_BUTTON || (event.button === 0 && this.isPanHeld)) return TOOLS.pan.create();
    if (event.button === PEN_ERASER_BUTTON) return TOOLS.eraser.create();
    if (event.button === SECONDARY_BUTTON) return TOOLS[this.store.toolName.value].takesSecondary ? this.gesture : null;
    if (event.button !== 0) return null;
    return event.altKey ? TOOLS.picker.create() : this.gesture;
  }

  /** @param {PointerEvent} event */
  move(event) {
    const image = this.store.image.value;
    if (this.pinch.fingers.has(event.pointerId) && this.pinch.isOn && image) {
      this.store.view.value = this.pinch.move(event.pointerId, this.screen(event), this.store.view.value, image);
      return;
    }
    this.track(event);
    if (!this.active) {
      this.act(this.gesture.hover?.(this.point(event), this.context) ?? []);
      return;
    }
    if (event.pointerId !== this.active.id) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const part of events.length ? events : [event]) {
      this.act(this.active.gesture.move(this.point(part), this.context));
    }
  }

  /** @param {PointerEvent} event */
  up(event) {
    if (event.pointerId !== this.active?.id) return;
    const { gesture } = this.active;
    this.active = null;
    this.act(gesture.end(this.point(event), this.context));
    this.isSecondary = false;
  }

  /** @param {PointerEvent} event */
  abort(event) {
    if (event.pointerId !== this.active?.id) return;
    this.dropStroke();
  }

  /** @param {PointerEvent} event */
  track(event) {
    const { x, y } = this.point(event);
    this.place(x, y);
  }

  /** @param {number} x continuous image coordinates @param {number} y */
  place(x, y) {
    this.store.cursor.value = { x, y };
    const [px, py] = [Math.floor(x), Math.floor(y)];
    const image = this.store.image.value;
    const isInside = image && px >= 0 && py >= 0 && px < image.width && py < image.height;
    const shown = this.store.pointer.peek();
    if (!isInside) this.store.pointer.value = null;
    else if (shown?.x !== px || shown.y !== py) this.store.pointer.value = { x: px, y: py };
  }

  /** @param {WheelEvent} event */
  wheel(event) {
    event.preventDefault();
    if (this.store.phase.value !== "ready") return;
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY : event.deltaY * LINE_PX;
    const { screenX, screenY } = this.point(event);
    const view = this.store.view.value;
    const speed = event.ctrlKey ? 4 : 1;
    this.store.view.value = zoomAt(view, screenX, screenY, view.scale * Math.exp(-pixels * WHEEL_ZOOM_PER_PX * speed));
  }
}
