/** @import {Action} from "./actions.js" */
/** @import {Pointers} from "./pointers.js" */
import { comboNames, findAction } from "./keymap.js";

const TEXT_FIELDS = "textarea, select, input:not([type=range]):not([type=checkbox])";
const ARROWS = /^Arrow/;

/**
 * Sends key presses to the tool in use, then to the action they are bound to.
 *
 * @param {{actions: Action[], pointers: Pointers, stage: HTMLElement, regions: HTMLElement[],
 *   refuse: (action: Action) => void}} ports
 *   regions: what F6 walks through; refuse: says why an action cannot be done now
 */
export function listenToKeys({ actions, pointers, stage, regions, refuse }) {
  document.addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (document.querySelector("dialog[open]") || event.isComposing) return;
    const names = comboNames(event);
    if (names.includes("F6") || names.includes("Shift+F6")) {
      event.preventDefault();
      return focusRegion(regions, event.shiftKey ? -1 : 1);
    }
    const isOnImage = target === document.body || stage.contains(target);
    if (target.matches(TEXT_FIELDS) && !names.includes("Ctrl+Enter")) return;
    if (isTakenByControl(target, names[0], isOnImage)) return;
    if (names[0] === "Space") {
      event.preventDefault();
      return pointers.holdPan(true);
    }
    if (!event.ctrlKey && !event.metaKey && pointers.key(toolKey(event))) return event.preventDefault();
    const action = findAction(actions, event);
    if (!action) return;
    event.preventDefault();
    if (action.isEnabled?.() ?? true) action.run();
    else if (!event.repeat) refuse(action);
  });
  document.addEventListener("keyup", (event) => event.key === " " && pointers.holdPan(false));
  window.addEventListener("blur", () => pointers.holdPan(false));
  for (const type of ["click", "change"]) document.addEventListener(type, (event) => giveFocusBack(event, stage));
}

/** Shift is told to tools with Enter only: elsewhere it is how signs are typed. @param {KeyboardEvent} event */
function toolKey({ key, shiftKey }) {
  return shiftKey && key === "Enter" ? "Shift+Enter" : key;
}

/**
 * Keys that a focused button, slider or the way of the focus itself needs.
 * @param {HTMLElement} target
 * @param {string} name
 * @param {boolean} isOnImage
 */
function isTakenByControl(target, name, isOnImage) {
  if (name === "Tab") return !isOnImage;
  if (target.matches("input[type=range]")) return ARROWS.test(name);
  if (name === "Space" || name === "Enter") return target.closest("button, a, summary, input") !== null;
  return false;
}

/**
 * Controls used with the mouse give the focus back to the image, so that Space and Enter mean the image again.
 * @param {Event} event @param {HTMLElement} stage
 */
function giveFocusBack(event, stage) {
  const control = /** @type {HTMLElement} */ (event.target).closest("button, input[type=range], select");
  const isElsewhere = !control || control !== document.activeElement || control.closest("dialog, form");
  if (!isElsewhere && !control.matches(":focus-visible")) stage.focus({ preventScroll: true });
}

/** @param {HTMLElement[]} regions @param {1 | -1} step */
function focusRegion(regions, step) {
  const shown = regions.filter((region) => !region.hidden);
  const here = shown.findIndex((region) => region.contains(document.activeElement));
  const region = shown[(here + step + shown.length) % shown.length];
  const first = region.matches("[tabindex]") ? region : firstInSight(region);
  first?.focus();
}

/** @param {HTMLElement} region */
function firstInSight(region) {
  const controls = /** @type {NodeListOf<HTMLElement>} */ (region.querySelectorAll("button:not(:disabled), a, input"));
  return [...controls].find((control) => control.checkVisibility({ visibilityProperty: true }));
}
