/** @import {Action, ActionPorts} from "./actions.js" */
/** @import {Store} from "../store.js" */
import { effect } from "@preact/signals-core";
import { t } from "../i18n.js";

/** What is done with whole images. @param {ActionPorts} ports @returns {Action[]} */
export function imageActions(ports) {
  const { store, session, mode } = ports;
  const isOpen = () => store.phase.value === "ready" && !store.isBusy.value;
  const visited = followVisits(store);
  return [
    ...(mode.name === "annotate" ? annotateActions(ports, isOpen) : reviewActions(ports, isOpen)),
    { name: "save", label: t("Save now"), keys: ["Ctrl+S"], group: "Image", run: () => void session.save() },
    {
      name: "next",
      label: t("Next image"),
      keys: ["N", "Ctrl+ArrowRight"],
      group: "Image",
      run: () => void session.next(),
      isEnabled: () => !store.isBusy.value,
    },
    {
      name: "previous",
      label: t("Previous image"),
      keys: ["M", "Ctrl+ArrowLeft"],
      group: "Image",
      run: () => history.back(),
      isEnabled: () => visited.hasPrevious && !store.isBusy.value,
      whyNot: () => (visited.hasPrevious ? "" : t("This is the first image that you opened here.")),
    },
  ];
}

/** @param {ActionPorts} ports @param {() => boolean} isOpen @returns {Action[]} */
function annotateActions({ store, finishing }, isOpen) {
  // A reviewer may correct a submitted image here too.
  const isSubmitted = () => store.image.value?.state === "submitted";
  return [
    {
      name: "submit",
      label: t("Submit and go on"),
      keys: ["Ctrl+Enter"],
      group: "Image",
      run: () => void finishing.finish("submit"),
      isEnabled: () => isOpen() && !store.isReadOnly.value && !isSubmitted(),
      whyNot: () => (isSubmitted() ? t("This image is submitted already.") : ""),
    },
  ];
}

/** @param {ActionPorts} ports @param {() => boolean} isOpen @returns {Action[]} */
function reviewActions({ store, session, finishing }, isOpen) {
  const isIn = (/** @type {string} */ state) => store.image.value?.state === state;
  const isReviewable = () => isOpen() && isIn("submitted") && !store.isReadOnly.value;
  const whyNot = () => (isIn("submitted") ? "" : t("Only submitted images are accepted or returned."));
  return [
    {
      name: "accept",
      label: t("Accept"),
      keys: ["Ctrl+Enter"],
      group: "Image",
      run: () => void finishing.finish("accept"),
      isEnabled: isReviewable,
      whyNot,
    },
    {
      name: "return",
      label: t("Return to the annotator"),
      keys: ["Ctrl+Backspace"],
      group: "Image",
      run: () => (store.dialog.value = "return"),
      isEnabled: isReviewable,
      whyNot,
    },
    {
      name: "reopen",
      label: t("Reopen an accepted image"),
      keys: ["Shift+R"],
      group: "Image",
      run: () => void session.reopen(),
      isEnabled: () => isOpen() && isIn("accepted"),
      whyNot: () => (isIn("accepted") ? "" : t("Only accepted images are reopened.")),
    },
  ];
}

/**
 * The images that this page showed, in order: the browser's history holds them, this tells whether there is one.
 * @param {Store} store
 */
function followVisits(store) {
  /** @type {number[]} */
  let ids = [];
  effect(() => {
    const id = store.image?.value?.id;
    if (id === undefined) return;
    const known = ids.indexOf(id);
    ids = known < 0 ? [...ids, id] : ids.slice(0, known + 1);
  });
  return {
    get hasPrevious() {
      return ids.length > 1;
    },
  };
}
