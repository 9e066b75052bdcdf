/** @import {Action} from "../input/actions.js" */
import { effect } from "@preact/signals-core";
import { keyLabel } from "../input/keymap.js";
import { h, icon } from "./dom.js";

/**
 * A button that runs an action, named and enabled as the action is, with its shortcut in the tooltip.
 * @param {Map<string, Action>} actions
 * @param {string} name
 * @param {string | null} iconName
 * @param {{text?: string, isPrimary?: boolean}} [look]
 */
export function actionButton(actions, name, iconName, { text, isPrimary = false } = {}) {
  const action = actions.get(name);
  const label = text ?? action?.label ?? "";
  const shortcut = action?.keys[0] ? ` (${action.keys.map(keyLabel).join(" or ")})` : "";
  const kind = (text ? "" : " icon-only") + (isPrimary ? " primary" : "");
  const button = h(
    "button",
    {
      type: "button",
      className: `button${kind}`,
      title: label + shortcut,
      onclick: () => action?.run(),
      data: { action: name },
      aria: text ? undefined : { label },
    },
    iconName ? icon(iconName) : null,
    text ?? null,
  );
  if (action?.isEnabled) {
    effect(() => {
      button.disabled = !action.isEnabled?.();
    });
  }
  return button;
}

/**
 * A small section title of the panel.
 * @param {string} text
 * @param {...(Node | null)} extras
 */
export function heading(text, ...extras) {
  return h("h2", { className: "heading" }, h("span", {}, text), ...extras);
}
