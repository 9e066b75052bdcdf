/** @import {Finishing} from "../finishing.js" */
/** @import {Store} from "../store.js" */
import { t } from "../i18n.js";
import { dialog } from "./dialog.js";
import { h } from "./dom.js";

/** Asks whether an image is meant to be submitted without a label. @param {Store} store @param {Finishing} finishing */
export function mountEmpty(store, finishing) {
  const form = h(
    "form",
    { method: "dialog" },
    h("p", {}, t("No pixel of this image is labelled. Submit it all the same, as an image with nothing to label?")),
    h(
      "p",
      { className: "note" },
      t("Models learn nothing from unlabelled pixels. Where the image shows background only, fill it with that class."),
    ),
    h(
      "div",
      { className: "buttons" },
      h("button", { type: "button", className: "button", onclick: () => (store.dialog.value = null) }, t("Go on labelling")),
      h("button", { type: "submit", className: "button primary", autofocus: true }, t("Submit without labels")),
    ),
  );
  form.addEventListener("submit", () => {
    store.dialog.value = null;
    void finishing.finish("submit", undefined, { isEmptyMeant: true });
  });
  dialog(store, "empty", t("Nothing is labelled"), {}, form);
}
