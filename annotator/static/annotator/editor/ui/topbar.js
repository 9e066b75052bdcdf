/** @import {Action} from "../input/actions.js" */
/** @import {Mode} from "../modes/mode.js" */
/** @import {Store} from "../store.js" */
import { effect } from "@preact/signals-core";
import { actionButton } from "./buttons.js";
import { byId, h, icon } from "./dom.js";

const STATE_WORDS = {
  new: "New",
  prelabelled: "Pre-labelled",
  in_progress: "In progress",
  submitted: "Submitted",
  returned: "Returned",
  accepted: "Accepted",
};

/** @param {Store} store @param {Map<string, Action>} actions @param {Mode} mode */
export function mountTopBar(store, actions, mode) {
  byId("zoom").append(
    actionButton(actions, "zoom-out", "zoom-out"),
    h("button", {
      id: "zoom-level",
      className: "button quiet",
      type: "button",
      onclick: () => actions.get("actual-size")?.run(),
    }),
    actionButton(actions, "zoom-in", "zoom-in"),
    actionButton(actions, "fit", "maximize"),
  );
  byId("edit").append(actionButton(actions, "undo", "undo-2"), actionButton(actions, "redo", "redo-2"));
  byId("chrome").append(
    themeButton(store),
    actionButton(actions, "shortcuts", "keyboard"),
    actionButton(actions, "panel", "panel-right"),
  );
  mountFinish(store, actions, mode);
  effect(() => {
    const image = store.image.value;
    byId("image-name").textContent = image?.name ?? "";
    byId("image-name").title = image?.name ?? "";
    const { done, total } = store.progress.value;
    byId("progress").textContent = total ? `${done} of ${total}` : "";
    byId("progress").title = mode.name === "review" ? "Images reviewed" : "Images finished";
    const state = byId("image-state");
    state.hidden = !image;
    state.textContent = image ? STATE_WORDS[image.state] : "";
    state.dataset.state = image?.state ?? "";
  });
  effect(() => {
    const { scale } = store.view.value;
    const level = byId("zoom-level");
    level.textContent = `${scale < 0.1 ? (scale * 100).toFixed(1) : Math.round(scale * 100)} %`;
    level.title = "100 % (Shift+0)";
    level.setAttribute("aria-label", `Zoom ${level.textContent}, set to 100 %`);
  });
  effect(() => showSaveState(store));
}

/** @param {Store} store @param {Map<string, Action>} actions @param {Mode} mode */
function mountFinish(store, actions, mode) {
  const bar = byId("finish");
  const finish = mode.finish.map((button) => ({
    ...button,
    element: actionButton(actions, button.action, button.icon, { text: button.label, isPrimary: button.isPrimary }),
  }));
  const reopen = actions.has("reopen") ? actionButton(actions, "reopen", "undo-2", { text: "Reopen" }) : null;
  const next = actionButton(actions, "next", "chevron-right", { text: "Next image", isPrimary: true });
  bar.append(...(reopen ? [reopen] : []), ...finish.map(({ element }) => element), next);
  effect(() => {
    const isOver =
      store.phase.value === "ready" &&
      !store.isBusy.value &&
      finish.every(({ action }) => !actions.get(action)?.isEnabled?.());
    next.hidden = !isOver && store.phase.value !== "failed";
    if (reopen) reopen.hidden = !actions.get("reopen")?.isEnabled?.();
    for (const { element, label, labelWithStrokes } of finish) {
      element.hidden = !next.hidden;
      const text = store.strokeCount.value > 0 && labelWithStrokes ? labelWithStrokes : label;
      if (element.lastChild) element.lastChild.textContent = text;
    }
    bar.hidden = store.phase.value === "empty";
  });
}

/** @param {Store} store */
function showSaveState(store) {
  const { kind, strokes, detail } = store.saveState.value;
  const place = byId("save-state");
  const kept = strokes === 1 ? "1 stroke kept here" : `${strokes} strokes kept here`;
  const words = {
    saved: "saved",
    unsaved: "saving",
    saving: "saving",
    offline: `offline, ${kept}`,
    conflict: "someone else changed this, taking it in",
    refused: `not saved, ${kept}`,
  };
  const isPlainPrediction = store.isPrediction.value && kind === "saved";
  place.dataset.kind = store.isReadOnly.value ? "read-only" : isPlainPrediction ? "prediction" : kind;
  place.hidden = store.phase.value !== "ready";
  place.textContent = store.isReadOnly.value
    ? readOnlyText(store)
    : isPlainPrediction
      ? "prediction, not accepted yet"
      : words[kind];
  place.title = (store.isReadOnly.value ? store.image.value?.read_only_reason : detail) ?? "";
}

/** @param {Store} store */
function readOnlyText(store) {
  const reason = store.image.value?.read_only_reason;
  return reason ? `read-only: ${reason}` : "read-only";
}

/** @param {Store} store */
function themeButton(store) {
  const button = h("button", {
    className: "button icon-only",
    type: "button",
    onclick: () => {
      store.theme.value = store.theme.value === "dark" ? "light" : "dark";
      localStorage.setItem("maskloop-editor-theme", store.theme.value);
    },
  });
  store.theme.value = localStorage.getItem("maskloop-editor-theme") === "light" ? "light" : "dark";
  effect(() => {
    const isDark = store.theme.value === "dark";
    document.documentElement.dataset.bsTheme = store.theme.value;
    button.replaceChildren(icon(isDark ? "sun" : "moon"));
    button.title = isDark ? "Light theme" : "Dark theme";
    button.setAttribute("aria-label", button.title);
  });
  return button;
}
