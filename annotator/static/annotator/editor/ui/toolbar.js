/** @import {Action} from "../input/actions.js" */
/** @import {Mode} from "../modes/mode.js" */
/** @import {Store} from "../store.js" */
import { effect } from "@preact/signals-core";
import { TOOLS } from "../tools/registry.js";
import { actionButton } from "./buttons.js";
import { byId, h } from "./dom.js";

/** @param {Store} store @param {Map<string, Action>} actions @param {Mode} mode */
export function mountToolBar(store, actions, mode) {
  const bar = byId("tools");
  for (const name of mode.tools) {
    const button = actionButton(actions, `tool:${name}`, TOOLS[name].icon);
    effect(() => button.setAttribute("aria-pressed", String(store.toolName.value === name)));
    bar.append(button);
  }
  bar.append(h("hr", { className: "rule" }));
  const toggles = /** @type {[string, string, () => boolean][]} */ ([
    ["hide-labels", "eye", () => store.areLabelsShown.value],
    ["contour", "circle-dashed", () => store.isContourOnly.value],
    ["unlabelled", "grid-2x2", () => store.isUnlabelledShown.value],
  ]);
  for (const [name, iconName, isOn] of toggles) {
    const button = actionButton(actions, name, iconName);
    effect(() => {
      button.setAttribute("aria-pressed", String(isOn()));
      if (name === "hide-labels")
        button
          .querySelector("use")
          ?.setAttribute("href", `${document.documentElement.dataset.icons}#${isOn() ? "eye" : "eye-off"}`);
    });
    bar.append(button);
  }
}
