/** @import {Store} from "../store.js" */
import { effect } from "@preact/signals-core";
import { t } from "../i18n.js";
import { byId, h } from "./dom.js";
import { swatch } from "./swatch.js";

/** The class that strokes get, over the image where the panel is a drawer; it opens the panel. @param {Store} store */
export function mountClassChip(store) {
  const chip = h("button", {
    type: "button",
    className: "button class-chip",
    title: t("Choose a class"),
    onclick: () => (store.isPanelOpen.value = true),
  });
  byId("stage").parentElement?.append(chip);
  effect(() => {
    const target = store.classById.get(store.classId.value ?? -1);
    chip.hidden = !target || store.isReadOnly.value || store.isPanelOpen.value;
    if (target) chip.replaceChildren(swatch(store, target.id), h("span", { className: "name" }, target.name));
  });
}
