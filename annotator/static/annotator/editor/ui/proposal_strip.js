/** @import {Action} from "../input/actions.js" */
/** @import {Store} from "../store.js" */
import { effect } from "@preact/signals-core";
import { digits, t, tn } from "../i18n.js";
import { actionButton } from "./buttons.js";
import { takesAway } from "../target.js";
import { byId, h, icon, show } from "./dom.js";
import { targetText } from "./target_text.js";

/**
 * What is proposed now and what it waits for, with the two ways to end it.
 * @param {Store} store @param {Map<string, Action>} actions
 */
export function mountProposal(store, actions) {
  const text = h("span", { role: "status" });
  const accept = actionButton(actions, "proposal-accept", "check", { text: t("Accept"), isPrimary: true });
  const dismiss = actionButton(actions, "proposal-dismiss", "x", { text: t("Dismiss") });
  const waiting = h("span", { className: "waiting", ariaHidden: "true" });
  const eraser = icon("eraser");
  const strip = h("div", { className: "strip-bar proposal" }, waiting, eraser, text, accept, dismiss);
  byId("stage").parentElement?.append(strip);
  effect(() => {
    const since = store.proposal.value?.since ?? null;
    show(waiting, since !== null);
    if (since === null) return;
    const tell = () => {
      const seconds = Math.floor((performance.now() - since) / 1000);
      waiting.textContent = t("{seconds} s", { seconds });
    };
    tell();
    const timer = setInterval(tell, 1000);
    return () => clearInterval(timer);
  });
  effect(() => {
    const proposal = store.proposal.value;
    show(strip, Boolean(proposal?.message || proposal?.pixels));
    for (const button of [accept, dismiss]) show(button, Boolean(proposal?.pixels));
    if (!proposal) return;
    const size = tn("{count} pixel", "{count} pixels", proposal.pixels);
    const { score } = proposal;
    const sureness = score === undefined || score === null ? null : t("confidence {score}", { score: digits(score, 2) });
    text.textContent = proposal.message || [size, sureness, targetText(store)].filter(Boolean).join(" · ");
    strip.classList.toggle("takes", takesAway(store));
    eraser.toggleAttribute("hidden", !takesAway(store));
  });
}
