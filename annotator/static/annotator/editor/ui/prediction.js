/** @import {Action} from "../input/actions.js" */
/** @import {Comparison} from "../comparison.js" */
/** @import {Change} from "../diff.js" */
/** @import {Store} from "../store.js" */
import { effect } from "@preact/signals-core";
import { DIFF_COLORS } from "../renderer/palette.js";
import { fitBox } from "../view.js";
import { actionButton, heading } from "./buttons.js";
import { h } from "./dom.js";

const LONGEST_LIST = 40;
const percent = (/** @type {number} */ share) =>
  share < 0.001 ? "< 0.1 %" : `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;

/**
 * The model's prediction: how sure it is, and the button that takes it over.
 * @param {Store} store
 * @param {Map<string, Action>} actions
 */
export function predictionPanel(store, actions) {
  const accept = actionButton(actions, "accept-prediction", null, { text: "Accept prediction", isPrimary: true });
  const show = actionButton(actions, "show-prediction", null, { text: "Show prediction" });
  const facts = h("p", { className: "note" });
  const section = h("section", { aria: { label: "Prediction" } }, heading("Prediction"), facts, accept, show);
  effect(() => {
    const prediction = store.image.value?.prediction ?? null;
    section.hidden = !prediction;
    const score = prediction?.mean_score;
    facts.textContent = prediction
      ? `Model v${prediction.version ?? prediction.model}${typeof score === "number" ? ` · mean confidence ${score.toFixed(2)}` : ""}`
      : "";
    accept.hidden = !store.isPrediction.value;
    show.hidden = store.isPrediction.value;
    show.setAttribute("aria-pressed", String(store.shownLayer.value === "prediction"));
  });
  return section;
}

/**
 * What was changed against the prediction or an earlier revision, as colours on the image and as a list.
 * @param {Store} store @param {Map<string, Action>} actions @param {Comparison} comparison
 * @param {boolean} isOffered whether it is there before it is asked for by key
 */
export function differencePanel(store, actions, comparison, isOffered) {
  const toggle = actionButton(actions, "show-difference", null, { text: "Show difference" });
  const reference = h("select", {
    aria: { label: "Compared with" },
    onchange: () => (store.reference.value = reference.value),
  });
  const legend = h(
    "ul",
    { className: "legend", role: "list" },
    ...["added", "removed", "changed"].map((word, i) => {
      const swatch = h("span", { className: "swatch" });
      swatch.style.backgroundColor = DIFF_COLORS[i + 1];
      return h("li", {}, swatch, word);
    }),
  );
  const list = h("ul", { className: "rows", role: "list" });
  const section = h(
    "section",
    { aria: { label: "Difference" } },
    heading("Difference"),
    reference,
    toggle,
    legend,
    list,
  );
  effect(() => {
    const image = store.image.value;
    const choices = [
      ...(image?.prediction ? [{ value: "prediction", text: "to the prediction", title: "" }] : []),
      ...store.revisions.value.map(({ number, author }) => ({
        value: `revision:${number}`,
        text: `to revision ${number}`,
        title: author ?? "",
      })),
    ];
    reference.replaceChildren(...choices.map(({ value, text, title }) => h("option", { value, title }, text)));
    reference.value = store.reference.value;
    const isWanted = isOffered || store.shownLayer.value === "difference";
    section.hidden = !isWanted || !comparison.isPossible || !choices.length;
  });
  effect(() => {
    const isShown = store.shownLayer.value === "difference";
    toggle.setAttribute("aria-pressed", String(isShown));
    legend.hidden = list.hidden = !isShown;
    list.replaceChildren(...(isShown ? changeRows(store, store.changes.value) : []));
  });
  return section;
}

/** @param {Store} store @param {Change[]} changes */
function changeRows(store, changes) {
  if (!changes.length) return [h("li", { className: "note" }, "No pixel differs in class.")];
  const image = store.image.value;
  const pixels = image ? image.width * image.height : 1;
  const name = (/** @type {number | null} */ id) =>
    id === null ? "unlabelled" : (store.classById.get(id)?.name ?? `class ${id}`);
  return changes.slice(0, LONGEST_LIST).map((change) => {
    const swatch = h("span", { className: "swatch" });
    swatch.style.backgroundColor = DIFF_COLORS[change.from === null ? 1 : change.to === null ? 2 : 3];
    const words = `${name(change.from)} → ${name(change.to)}`;
    return h(
      "li",
      {},
      h(
        "button",
        {
          type: "button",
          className: "row tall",
          title: `${words}, ${change.pixels} pixels. Go there`,
          onclick: () => (store.view.value = fitBox(store.view.value, change.box)),
        },
        swatch,
        h("span", { className: "text" }, words),
        h("span", { className: "score" }, percent(change.pixels / pixels)),
      ),
    );
  });
}
