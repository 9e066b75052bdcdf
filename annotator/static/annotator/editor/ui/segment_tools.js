/** @import {Action} from "../input/actions.js" */
/** @import {Store} from "../store.js" */
import { effect } from "@preact/signals-core";
import { t } from "../i18n.js";
import { keyLabel } from "../input/keymap.js";
import { actionButton, toggleButton } from "./buttons.js";
import { h, icon } from "./dom.js";

/**
 * What can be done with the selected segments: a row of buttons, and the operations in a menu.
 * @param {Store} store @param {Map<string, Action>} actions
 */
export function segmentTools(store, actions) {
  const areAll = (/** @type {Set<number>} */ set) => {
    const chosen = [...store.selectedSegments.value];
    return chosen.length > 0 && chosen.every((id) => set.has(id));
  };
  const buttons = [
    actionButton(actions, "zoom-segment", "crosshair"),
    toggleButton(actions, "isolate", "spotlight", () => store.isolated.value !== null),
    toggleButton(actions, "lock", "lock", () => areAll(store.lockedSegments.value)),
    toggleButton(actions, "hide", "eye-off", () => areAll(store.hiddenSegments.value)),
  ];
  for (const button of buttons) button.classList.add("small");
  const bar = h("div", { className: "segment-tools" }, ...buttons, operationsMenu(store, actions));
  effect(() => {
    bar.hidden = store.selectedSegments.value.size === 0;
  });
  return bar;
}

/** The operation that is set apart from the others, lest it be hit by chance. */
const LOSES = "delete-segments";

/** @param {Store} store @param {Map<string, Action>} actions */
function operationsMenu(store, actions) {
  const operations = [...actions.values()].filter(({ group }) => group === "Segments");
  if (!operations.length) return null;
  const menu = h("div", { className: "menu", popover: "auto", id: "segment-menu" });
  const opener = h(
    "button",
    {
      type: "button",
      className: "button icon-only small",
      title: t("Operations on the chosen segments"),
      aria: { label: t("Operations on the chosen segments"), haspopup: "true" },
      popoverTargetElement: menu,
    },
    icon("ellipsis-vertical"),
  );
  /** @type {Record<string, () => HTMLElement>} the number that an operation goes by stands below it */
  const amounts = {
    "remove-specks": () => amount(t("Specks are smaller than"), store.specksPixels, { min: 2, max: 1_000_000 }),
    shrink: () => amount(t("Grow and shrink by"), store.growPx, { min: 1, max: 200 }),
  };
  for (const action of operations) {
    if (action.name === LOSES) menu.append(h("hr", {}));
    menu.append(menuItem(action, () => menu.hidePopover()));
    if (amounts[action.name]) menu.append(amounts[action.name]());
  }
  menu.addEventListener("toggle", (event) => {
    if (/** @type {ToggleEvent} */ (event).newState !== "open") return;
    place(menu, opener);
    /** @type {HTMLElement | null} */ (menu.querySelector("button:not(:disabled)"))?.focus();
  });
  menu.addEventListener("keydown", (event) => walk(menu, event));
  return h("span", {}, opener, menu);
}

/** @param {Action} action @param {() => void} close */
function menuItem(action, close) {
  const keys = h("kbd", {});
  const item = h(
    "button",
    {
      type: "button",
      className: "menu-item",
      data: { action: action.name },
      onclick: () => {
        close();
        action.run();
      },
    },
    h("span", {}, action.label),
    keys,
  );
  effect(() => {
    item.disabled = !(action.isEnabled?.() ?? true);
    item.title = item.disabled ? (action.whyNot?.() ?? "") : "";
    keys.textContent = action.keys[0] ? keyLabel(action.keys[0]) : "";
    keys.hidden = !action.keys.length;
  });
  return item;
}

/**
 * A number that an operation goes by.
 * @param {string} name @param {import("@preact/signals-core").Signal<number>} signal
 * @param {{min: number, max: number}} range pixels
 */
function amount(name, signal, { min, max }) {
  const field = h("input", {
    type: "number",
    min,
    max,
    step: 1,
    onchange: () => {
      signal.value = Math.min(Math.max(Math.round(Number(field.value)) || min, min), max);
      field.value = String(signal.value);
    },
  });
  effect(() => {
    field.value = String(signal.value);
  });
  return h("label", { className: "menu-item amount" }, h("span", {}, name), field, h("span", {}, "px"));
}

/** Arrows walk through a menu. @param {HTMLElement} menu @param {KeyboardEvent} event */
function walk(menu, event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  event.stopPropagation();
  if (!step || event.target instanceof HTMLInputElement) return;
  event.preventDefault();
  const items = /** @type {HTMLElement[]} */ ([...menu.querySelectorAll("button:not(:disabled)")]);
  const here = items.findIndex((item) => item === document.activeElement);
  items[(here + step + items.length) % items.length]?.focus();
}

/** Left of its button, inside the window. @param {HTMLElement} menu @param {HTMLElement} opener */
function place(menu, opener) {
  const button = opener.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  menu.style.left = `${Math.max(8, button.right - width)}px`;
  menu.style.top = `${Math.max(8, Math.min(button.bottom + 4, innerHeight - height - 8))}px`;
}
