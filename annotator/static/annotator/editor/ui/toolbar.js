/** @import {Action} from "../input/actions.js" */
/** @import {Mode} from "../modes/mode.js" */
/** @import {Store} from "../store.js" */
import { effect } from "@preact/signals-core";
import { t } from "../i18n.js";
import { TOOL_GROUPS, TOOLS } from "../tools/registry.js";
import { toggleButton } from "./buttons.js";
import { byId, h } from "./dom.js";
import { mountFlyout } from "./flyout.js";

/** @param {Store} store @param {Map<string, Action>} actions @param {Mode} mode */
export function mountToolBar(store, actions, mode) {
  const bar = byId("tools");
  for (const name of mode.toolGroups) {
    const { label, tools } = TOOL_GROUPS[name];
    bar.append(group(label, ...tools.map((tool) => toolButton(store, actions, tool))));
  }
  bar.append(group(t("What is shown"), ...lookButtons(store, actions)));
  mountFlyout(bar, (name) => {
    const action = actions.get(name);
    return action ? { label: action.label, keys: action.keys, hint: TOOLS[name.slice("tool:".length)]?.hint } : null;
  });
}

/** @param {string} label @param {...HTMLElement} buttons */
function group(label, ...buttons) {
  return h("div", { className: "tool-group", role: "group", aria: { label } }, ...buttons);
}

/** @param {Store} store @param {Map<string, Action>} actions @param {string} name */
function toolButton(store, actions, name) {
  return toggleButton(actions, `tool:${name}`, TOOLS[name].icon, () => store.toolName.value === name, {
    hasFlyout: true,
  });
}

/** @param {Store} store @param {Map<string, Action>} actions */
function lookButtons(store, actions) {
  const look = { hasFlyout: true };
  const shown = toggleButton(actions, "hide-labels", "eye", () => store.areLabelsShown.value, look);
  effect(() => {
    const name = store.areLabelsShown.value ? "eye" : "eye-off";
    shown.querySelector("use")?.setAttribute("href", `${document.documentElement.dataset.icons}#${name}`);
  });
  return [
    shown,
    toggleButton(actions, "contour", "circle-dashed", () => store.isContourOnly.value, look),
    toggleButton(actions, "unlabelled", "grid-2x2", () => store.isUnlabelledShown.value, look),
  ];
}
