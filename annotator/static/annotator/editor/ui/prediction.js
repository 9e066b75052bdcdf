/** @import {Action} from "../input/actions.js" */
/** @import {Store} from "../store.js" */
import { effect } from "@preact/signals-core";
import { digits, t } from "../i18n.js";
import { heatGradient } from "../renderer/heat.js";
import { actionButton, toggleButton } from "./buttons.js";
import { slider } from "./controls.js";
import { h, show as showElement } from "./dom.js";
import { panelSection } from "./section.js";

/**
 * The model's prediction: how sure it is, and the ways to take it over.
 * @param {Store} store
 * @param {Map<string, Action>} actions
 */
export function predictionPanel(store, actions) {
  const accept = actionButton(actions, "accept-prediction", null, { text: t("Accept prediction"), isPrimary: true });
  const show = toggleButton(actions, "show-prediction", "sparkles", () => store.shownLayer.value === "prediction", {
    text: t("Show"),
  });
  const heat = toggleButton(actions, "heat", "flame", () => store.isHeatShown.value, { text: t("Uncertainty") });
  const facts = h("p", { className: "note" });
  const section = panelSection(
    "prediction",
    t("Prediction"),
    {},
    facts,
    accept,
    h("div", { className: "pair" }, show, heat),
    heatLegend(store),
    ...partialHelp(store, actions),
  );
  effect(() => {
    const prediction = store.image.value?.prediction ?? null;
    section.hidden = !prediction;
    const score = prediction?.mean_score;
    const version = prediction?.version ?? prediction?.model ?? "";
    facts.textContent =
      typeof score === "number"
        ? t("Model v{version} · mean confidence {score}", { version, score: digits(score, 2) })
        : t("Model v{version}", { version });
    showElement(accept, store.isPrediction.value);
    showElement(show, !store.isPrediction.value);
  });
  return section;
}

/** What the colours of uncertainty mean, while they are shown. @param {Store} store */
function heatLegend(store) {
  const ramp = h("span", { className: "ramp", aria: { hidden: "true" } });
  ramp.style.backgroundImage = heatGradient();
  const legend = h("p", { className: "heat-legend" }, h("span", {}, t("sure")), ramp, h("span", {}, t("unsure")));
  effect(() => {
    legend.hidden = !store.isHeatShown.value;
  });
  return legend;
}

/**
 * Taking over a part of it: what is sure enough, and the way to what is not.
 * @param {Store} store
 * @param {Map<string, Action>} actions
 */
function partialHelp(store, actions) {
  const rows = [];
  if (actions.has("accept-above")) {
    const above = slider(
      t("Confident above"),
      { min: 0.5, max: 1, step: 0.01 },
      (value) => (store.acceptAbove.value = value),
    );
    effect(() => above.show(store.acceptAbove.value, digits(store.acceptAbove.value, 2)));
    rows.push(above.row, actionButton(actions, "accept-above", "check", { text: t("Accept confident") }));
  }
  if (actions.has("next-uncertain"))
    rows.push(actionButton(actions, "next-uncertain", "locate", { text: t("Next uncertain") }));
  return rows;
}
