/** @import {Action} from "../input/actions.js" */
import { effect } from "@preact/signals-core";
import { t } from "../i18n.js";
import { keyLabel } from "../input/keymap.js";
import { h, icon, releaseFocus } from "./dom.js";

/**
 * @typedef {object} Look
 * @property {string} [text]
 * @property {boolean} [isPrimary]
 * @property {() => string | null} [detail] what it acts on now
 * @property {boolean} [hasFlyout] whether its bar names it, in place of the tooltip
 */

/**
 * A button that runs an action, named and enabled as the action is, with its keys in the tooltip.
 * @param {Map<string, Action>} actions
 * @param {string} name
 * @param {string | null} iconName
 * @param {Look} [look]
 */
export function actionButton(actions, name, iconName, look = {}) {
  const { text, isPrimary = false, detail = () => null, hasFlyout = false } = look;
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
    text ? h("span", { className: "text" }, text) : null,
  );
  effect(() => {
    const what = detail();
    const label = (text ?? action.label) + (what ? `: ${what}` : "");
    if (hasFlyout) button.setAttribute("aria-keyshortcuts", action.keys.join(" "));
    else button.title = withKeys(label, action.keys) + whyNot(action);
    if (!text) button.setAttribute("aria-label", label);
    const isOff = !(action.isEnabled?.() ?? true);
    if (isOff) releaseFocus(button);
    button.disabled = isOff;
  });
  return button;
}

/** @param {Action} action @returns {string} why it cannot be done now; empty where it can */
function whyNot({ isEnabled, whyNot: tell }) {
  const reason = (isEnabled?.() ?? true) ? "" : tell?.();
  return reason ? ` · ${reason}` : "";
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
 * @param {Look} [look]
 */
export function toggleButton(actions, name, iconName, isOn, look) {
  const button = actionButton(actions, name, iconName, look);
  effect(() => button.setAttribute("aria-pressed", String(isOn())));
  return button;
}
