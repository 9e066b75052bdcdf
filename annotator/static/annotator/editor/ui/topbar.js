/** @import {Action} from "../input/actions.js" */
/** @import {Mode} from "../modes/mode.js" */
/** @import {Store} from "../store.js" */
import { effect } from "@preact/signals-core";
import { digits, t } from "../i18n.js";
import { actionButton, toggleButton, withKeys } from "./buttons.js";
import { byId, h, icon, show } from "./dom.js";
import { mountSaveState } from "./save_state.js";

const STATE_WORDS = {
  new: t("New"),
  prelabelled: t("Pre-labelled"),
  in_progress: t("In progress"),
  submitted: t("Submitted"),
  returned: t("Returned"),
  accepted: t("Accepted"),
};

/** @param {Store} store @param {Map<string, Action>} actions @param {Mode} mode */
export function mountTopBar(store, actions, mode) {
  mountZoom(store, actions);
  byId("edit").append(
    actionButton(actions, "undo", "undo-2", { detail: () => store.undoLabel.value }),
    actionButton(actions, "redo", "redo-2", { detail: () => store.redoLabel.value }),
  );
  byId("chrome").append(
    themeButton(store),
    actionButton(actions, "keys", "keyboard"),
    toggleButton(actions, "panel", "panel-right", () => store.isPanelOpen.value),
  );
  mountFinish(store, actions, mode);
  mountSaveState(store);
  effect(() => {
    const image = store.image.value;
    byId("image-name").textContent = image?.name ?? "";
    byId("image-name").title = image?.name ?? "";
    const { done, total } = store.progress.value;
    byId("progress").textContent = total ? t("{done} of {total}", { done, total }) : "";
    byId("progress").title = mode.name === "review" ? t("Images reviewed") : t("Images finished");
    const state = byId("image-state");
    state.hidden = !image;
    state.textContent = image ? STATE_WORDS[image.state] : "";
    state.dataset.state = image?.state ?? "";
  });
}

/** @param {Store} store @param {Map<string, Action>} actions */
function mountZoom(store, actions) {
  const actual = /** @type {Action} */ (actions.get("actual-size"));
  const level = h("button", { id: "zoom-level", className: "button quiet", type: "button", onclick: actual.run });
  byId("zoom").append(
    actionButton(actions, "zoom-out", "zoom-out"),
    level,
    actionButton(actions, "zoom-in", "zoom-in"),
    actionButton(actions, "fit", "maximize"),
  );
  effect(() => {
    const { scale } = store.view.value;
    const percent = `${digits(scale * 100, scale < 0.1 ? 1 : 0)} %`;
    level.textContent = percent;
    level.title = withKeys(actual.label, actual.keys);
    level.setAttribute("aria-label", t("Zoom {percent}, set to 100 %", { percent }));
  });
}

/** @param {Store} store @param {Map<string, Action>} actions @param {Mode} mode */
function mountFinish(store, actions, mode) {
  const bar = byId("finish");
  const finish = mode.finish.map((button) => ({
    ...button,
    element: actionButton(actions, button.action, button.icon, { text: button.label, isPrimary: button.isPrimary }),
  }));
  const reopen = actions.has("reopen") ? actionButton(actions, "reopen", "undo-2", { text: t("Reopen") }) : null;
  const next = actionButton(actions, "next", "chevron-right", { text: t("Next image"), isPrimary: true });
  bar.append(...(reopen ? [reopen] : []), ...finish.map(({ element }) => element), next);
  effect(() => {
    const isOver =
      store.phase.value === "ready" &&
      !store.isBusy.value &&
      finish.every(({ action }) => !actions.get(action)?.isEnabled?.());
    const isNextShown = isOver || store.phase.value === "failed";
    show(next, isNextShown);
    if (reopen) show(reopen, actions.get("reopen")?.isEnabled?.() ?? false);
    for (const { element, label, labelWithStrokes } of finish) {
      show(element, !isNextShown);
      const text = store.strokeCount.value > 0 && labelWithStrokes ? labelWithStrokes : label;
      if (element.lastChild) element.lastChild.textContent = text;
    }
    bar.hidden = store.phase.value === "empty";
  });
}

/** @param {Store} store */
function themeButton(store) {
  const button = h("button", {
    className: "button icon-only",
    type: "button",
    onclick: () => (store.theme.value = store.theme.value === "dark" ? "light" : "dark"),
  });
  effect(() => {
    const isDark = store.theme.value === "dark";
    document.documentElement.dataset.bsTheme = store.theme.value;
    button.replaceChildren(icon(isDark ? "sun" : "moon"));
    button.title = isDark ? t("Light theme") : t("Dark theme");
    button.setAttribute("aria-label", button.title);
  });
  return button;
}
