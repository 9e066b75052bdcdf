/** @import {Store} from "../store.js" */
import { effect } from "@preact/signals-core";
import { language, t, tn } from "../i18n.js";
import { dialog } from "./dialog.js";
import { h } from "./dom.js";

/** The offer to put back what a closed or crashed page left behind. @param {Store} store */
export function mountRecovery(store) {
  const text = h("p", {});
  const note = h(
    "p",
    { className: "note" },
    t("They are kept in this browser only. Put back, they can be undone like any stroke; thrown away, they are gone."),
  );
  const end = (/** @type {"restore" | "discard"} */ choice) => () => {
    const offer = store.recovery.value;
    store.recovery.value = null;
    void offer?.[choice]();
  };
  const buttons = h(
    "div",
    { className: "buttons" },
    h("button", { type: "button", className: "button danger", onclick: end("discard") }, t("Throw away")),
    h(
      "button",
      { type: "button", className: "button primary", autofocus: true, onclick: end("restore") },
      t("Put back"),
    ),
  );
  dialog(store, "recovery", t("Strokes that were not saved"), { canClose: false }, text, note, buttons);
  effect(() => {
    const offer = store.recovery.value;
    if (offer) text.textContent = offerText(offer.strokes, offer.savedAt);
  });
}

/** @param {number} strokes @param {string | null} savedAt ISO time */
function offerText(strokes, savedAt) {
  const what = tn(
    "{count} stroke on this image had not reached the server.",
    "{count} strokes on this image had not reached the server.",
    strokes,
  );
  if (!savedAt) return what;
  const time = new Date(savedAt).toLocaleString(language, { dateStyle: "medium", timeStyle: "short" });
  const until = t("They were drawn until {time}.", { time });
  return `${what} ${until}`;
}
