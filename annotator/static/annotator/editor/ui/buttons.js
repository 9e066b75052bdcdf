/** @import {Action} from "../input/actions.js" */
import { effect } from "@preact/signals-core";
import { t } from "../i18n.js";
import { keyLabel } from "../input/keymap.js";
import { h, icon } from "./dom.js";

/**
 * A button that runs an action, named and enabled as the action is, with its keys in the tooltip.
 * @param {Map<string, Action>} actions
 * @param {string} name
 * @param {string | null} iconName
 * @param {{text?: string, isPrimary?: boolean, detail?: () => string | null}} [look] detail: what it acts on now
 */
export function actionButton(actions, name, iconName, { text, isPrimary = false, detail = () => null } = {}) {
  const action = actions.get(name);
  if (!action) throw new Error(`There is no action “${name}”.`);
  const kind = (text ? "" : " icon-only") + (isPrimary ? " primary" : "");
  const button = h(
    "button",
    {
      type: "button",
      className: `button${kind}`,
      onclick: () => action.run(),
      data: { action: name },
    },
    iconName ? icon(iconName) : null,
    text ?? null,
  );
  effect(() => {
    const what = detail();
    const label = (text ?? action.label) + (what ? `: ${what}` : "");
    button.title = withKeys(label, action.keys);
    if (!text) button.setAttribute("aria-label", label);
    button.disabled = !(action.isEnabled?.() ?? true);
  });
  return button;
}

/** @param {string} label @param {string[]} keys */
export function withKeys(label, keys) {
  return keys.length ? `${label} (${keys.map(keyLabel).join(` ${t("or")} `)})` : label;
}

/**
 * A button that stays pressed while something is on.
 * @param {Map<string, Action>} actions
 * @param {string} name
 * @param {string} iconName
 * @param {() => boolean} isOn
 * @param {{text?: string}} [look]
 */
export function toggleButton(actions, name, iconName, isOn, look) {
  const button = actionButton(actions, name, iconName, look);
  effect(() => button.setAttribute("aria-pressed", String(isOn())));
  return button;
}
