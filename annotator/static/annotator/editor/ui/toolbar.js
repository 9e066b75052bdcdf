/** @import {Action} from "../input/actions.js" */
/** @import {Mode} from "../modes/mode.js" */
/** @import {Store} from "../store.js" */
import { effect } from "@preact/signals-core";
import { TOOLS } from "../tools/registry.js";
import { toggleButton } from "./buttons.js";
import { byId, h } from "./dom.js";

/** @param {Store} store @param {Map<string, Action>} actions @param {Mode} mode */
export function mountToolBar(store, actions, mode) {
  const bar = byId("tools");
  for (const name of mode.tools)
    bar.append(toggleButton(actions, `tool:${name}`, TOOLS[name].icon, () => store.toolName.value === name));
  bar.append(h("hr", { className: "rule" }));
  const shown = toggleButton(actions, "hide-labels", "eye", () => store.areLabelsShown.value);
  effect(() => {
    const name = store.areLabelsShown.value ? "eye" : "eye-off";
    shown.querySelector("use")?.setAttribute("href", `${document.documentElement.dataset.icons}#${name}`);
  });
  bar.append(
    shown,
    toggleButton(actions, "contour", "circle-dashed", () => store.isContourOnly.value),
    toggleButton(actions, "unlabelled", "grid-2x2", () => store.isUnlabelledShown.value),
  );
}
