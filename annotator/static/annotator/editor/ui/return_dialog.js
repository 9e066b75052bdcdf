/** @import {Finishing} from "../finishing.js" */
/** @import {Store} from "../store.js" */
import { effect } from "@preact/signals-core";
import { t, tn } from "../i18n.js";
import { dialog } from "./dialog.js";
import { h } from "./dom.js";

/** What a reviewer says when an image goes back. @param {Store} store @param {Finishing} finishing */
export function mountReturn(store, finishing) {
  const text = h("textarea", { rows: 4, maxLength: 2000, id: "return-text", autofocus: true });
  const pinned = h("p", { className: "note" });
  const form = h(
    "form",
    { method: "dialog" },
    pinned,
    h("label", { htmlFor: "return-text" }, t("Message to the annotator (optional)")),
    text,
    h(
      "div",
      { className: "buttons" },
      h("button", { type: "button", className: "button", onclick: () => (store.dialog.value = null) }, t("Cancel")),
      h("button", { type: "submit", className: "button primary" }, t("Return the image")),
    ),
  );
  form.addEventListener("submit", () => {
    const image = store.image.value;
    const message = text.value.trim();
    text.value = "";
    store.dialog.value = null;
    if (!image) return;
    const centre = { x: Math.floor(image.width / 2), y: Math.floor(image.height / 2) };
    void finishing.finish("return", { comments: message ? [{ ...centre, text: message }] : [] });
  });
  dialog(store, "return", t("Return to the annotator"), {}, form);
  effect(() => {
    const open = store.comments.value.filter(({ resolved }) => !resolved).length;
    pinned.textContent = open
      ? tn(
          "{count} open comment is pinned to the image and will be shown.",
          "{count} open comments are pinned to the image and will be shown.",
          open,
        )
      : t("No comment is pinned yet. Press C and click a point to say what should be different there.");
  });
}
