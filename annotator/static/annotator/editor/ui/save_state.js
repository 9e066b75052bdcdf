/** @import {Store} from "../store.js" */
import { effect } from "@preact/signals-core";
import { t, tn } from "../i18n.js";
import { byId } from "./dom.js";

/** The save state, always a word and not only a dot. @param {Store} store */
export function mountSaveState(store) {
  const place = byId("save-state");
  const word = place.appendChild(document.createElement("span"));
  const short = place.appendChild(document.createElement("span"));
  word.className = "word";
  short.className = "short";
  short.ariaHidden = "true";
  effect(() => {
    const { detail } = store.saveState.value;
    const kind = stateKind(store);
    place.hidden = store.phase.value !== "ready";
    place.dataset.kind = kind;
    word.textContent = [words(store)[kind](), onTheWay(store)].filter(Boolean).join(" · ");
    short.textContent = SHORT[kind]();
    place.title = (kind === "read-only" ? store.image.value?.read_only_reason : detail) || word.textContent;
  });
}

/** Images that are left and still being sent. @param {Store} store */
function onTheWay(store) {
  const count = store.deliveries.value;
  return count ? tn("{count} image on its way", "{count} images on their way", count) : "";
}

/** @typedef {import("../types.js").SaveState["kind"] | "read-only" | "prediction"} Kind */

/** @param {Store} store @returns {Kind} */
function stateKind(store) {
  const { kind } = store.saveState.value;
  if (store.isReadOnly.value) return "read-only";
  if (store.conflict.value) return "conflict";
  return store.isPrediction.value && kind === "saved" ? "prediction" : kind;
}

/** @param {Store} store @returns {Record<Kind, () => string>} */
function words(store) {
  const { strokes } = store.saveState.value;
  const waiting = () =>
    tn("{count} stroke not yet on the server", "{count} strokes not yet on the server", Math.max(strokes, 1));
  return {
    saved: () => {
      const count = store.deliveries.value;
      return count ? tn("saved, {count} image on its way", "saved, {count} images on their way", count) : t("saved");
    },
    unsaved: () => t("saving"),
    saving: () => t("saving"),
    offline: () => t("offline, {strokes}", { strokes: waiting() }),
    conflict: () => t("someone else changed this, compare"),
    refused: () => t("not saved, {strokes}", { strokes: waiting() }),
    prediction: () => t("prediction, not accepted yet"),
    "read-only": () => {
      const reason = store.image.value?.read_only_reason;
      return reason ? t("read-only: {reason}", { reason }) : t("read-only");
    },
  };
}

/** For narrow screens. @type {Record<Kind, () => string>} */
const SHORT = {
  saved: () => t("saved"),
  unsaved: () => t("saving"),
  saving: () => t("saving"),
  offline: () => t("offline"),
  conflict: () => t("compare"),
  refused: () => t("not saved"),
  prediction: () => t("prediction"),
  "read-only": () => t("read-only"),
};
