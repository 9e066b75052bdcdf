/** @import {Store} from "../store.js" */
import { effect } from "@preact/signals-core";
import { t, tn } from "../i18n.js";
import { h, show } from "./dom.js";
import { addStrip } from "./strips.js";

/**
 * Says why a save was refused, what is kept, and when it is tried again.
 * @param {Store} store @param {() => void} tryAgain
 */
export function mountRefusal(store, tryAgain) {
  const reason = h("strong", { role: "alert" });
  const kept = h("span", {});
  const when = h("span", { className: "note" });
  const button = h("button", { type: "button", className: "button", onclick: tryAgain }, t("Try again"));
  const strip = addStrip("refusal", t("Not saved"), reason, kept, when, button);
  let timer = 0;
  const count = () => {
    when.textContent = nextTry(store.saveState.value);
  };
  effect(() => {
    const { refusal, strokes, kind } = store.saveState.value;
    show(strip, refusal !== undefined);
    clearInterval(timer);
    timer = 0;
    if (!refusal) return void (reason.textContent = "");
    const text = t("Not saved: {reason}", { reason: refusal.reason });
    // Said once, however often it is tried.
    if (reason.textContent !== text) reason.textContent = text;
    kept.textContent = keptText(refusal.isKept, Math.max(strokes, 1));
    button.disabled = kind === "saving";
    count();
    if (refusal.retryAt !== null) timer = setInterval(count, 1_000);
  });
}

/** @param {boolean} isKept @param {number} strokes */
function keptText(isKept, strokes) {
  return isKept
    ? tn("{count} stroke is kept in this browser.", "{count} strokes are kept in this browser.", strokes)
    : tn(
        "{count} stroke is on this page only: do not close it.",
        "{count} strokes are on this page only: do not close it.",
        strokes,
      );
}

/** @param {Store["saveState"]["value"]} state */
function nextTry({ kind, refusal }) {
  if (kind === "saving") return t("Trying again now …");
  if (!refusal || refusal.retryAt === null) return t("It is tried again with the next stroke.");
  const seconds = Math.max(1, Math.ceil((refusal.retryAt - performance.now()) / 1_000));
  return tn("Next try in {count} second.", "Next try in {count} seconds.", seconds);
}
