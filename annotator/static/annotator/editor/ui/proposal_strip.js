/** @import {Action} from "../input/actions.js" */
/** @import {Store} from "../store.js" */
import { effect } from "@preact/signals-core";
import { t, tn } from "../i18n.js";
import { actionButton } from "./buttons.js";
import { byId, h } from "./dom.js";

/**
 * What is proposed now and what it waits for, with the two ways to end it.
 * @param {Store} store @param {Map<string, Action>} actions
 */
export function mountProposal(store, actions) {
  const text = h("span", { role: "status" });
  const accept = actionButton(actions, "proposal-accept", "check", { text: t("Accept"), isPrimary: true });
  const dismiss = actionButton(actions, "proposal-dismiss", "x", { text: t("Dismiss") });
  const strip = h("div", { className: "strip-bar proposal" }, text, accept, dismiss);
  byId("stage").parentElement?.append(strip);
  effect(() => {
    const proposal = store.proposal.value;
    strip.hidden = !proposal || (!proposal.message && !proposal.pixels);
    accept.hidden = dismiss.hidden = !proposal?.pixels;
    if (!proposal) return;
    const size = tn("{count} pixel", "{count} pixels", proposal.pixels);
    const score = proposal.score?.toFixed(2);
    const sureness = score === undefined ? null : t("confidence {score}", { score });
    text.textContent = proposal.message || [size, sureness].filter(Boolean).join(" · ");
  });
}
