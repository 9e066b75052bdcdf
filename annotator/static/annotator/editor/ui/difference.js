/** @import {Action} from "../input/actions.js" */
/** @import {Comparison} from "../comparison.js" */
/** @import {Change} from "../diff.js" */
/** @import {Store} from "../store.js" */
import { effect } from "@preact/signals-core";
import { t, tn } from "../i18n.js";
import { DIFF_COLORS } from "../renderer/palette.js";
import { fitBox } from "../view.js";
import { toggleButton } from "./buttons.js";
import { h } from "./dom.js";
import { panelSection } from "./section.js";

const LONGEST_LIST = 40;
const percent = (/** @type {number} */ share) =>
  share < 0.001 ? "< 0.1 %" : `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;

/**
 * What was changed against the prediction or an earlier revision, as colours on the image and as a list.
 * @param {Store} store @param {Map<string, Action>} actions @param {Comparison} comparison
 * @param {boolean} isOffered whether it is there before it is asked for by key
 */
export function differencePanel(store, actions, comparison, isOffered) {
  const isShown = () => store.shownLayer.value === "difference";
  const toggle = toggleButton(actions, "show-difference", "diff", isShown, { text: t("Show difference") });
  const reference = h("select", {
    aria: { label: t("Compared with") },
    onchange: () => (store.reference.value = reference.value),
  });
  const legend = h(
    "ul",
    { className: "legend", role: "list" },
    ...[t("added"), t("removed"), t("changed")].map((word, i) => h("li", {}, diffSwatch(i + 1), word)),
  );
  const list = h("ul", { className: "rows", role: "list" });
  const section = panelSection("difference", t("Difference"), {}, reference, toggle, legend, list);
  effect(() => {
    const choices = references(store);
    reference.replaceChildren(...choices.map(({ value, text, title }) => h("option", { value, title }, text)));
    reference.value = store.reference.value;
    section.hidden = (!isOffered && !isShown()) || !comparison.isPossible || !choices.length;
  });
  effect(() => {
    legend.hidden = list.hidden = !isShown();
    list.replaceChildren(...(isShown() ? changeRows(store, store.changes.value) : []));
  });
  return section;
}

/** @param {Store} store */
function references(store) {
  const prediction = { value: "prediction", text: t("to the prediction"), title: "" };
  return [
    ...(store.image.value?.prediction ? [prediction] : []),
    ...store.revisions.value.map(({ number, author }) => ({
      value: `revision:${number}`,
      text: t("to revision {number}", { number }),
      title: author ?? "",
    })),
  ];
}

/** @param {Store} store @param {Change[]} changes */
function changeRows(store, changes) {
  if (!changes.length) return [h("li", { className: "note" }, t("No pixel differs in class."))];
  const image = store.image.value;
  const pixels = image ? image.width * image.height : 1;
  return changes.slice(0, LONGEST_LIST).map((change) => {
    const words = `${nameOf(store, change.from)} → ${nameOf(store, change.to)}`;
    return h(
      "li",
      {},
      h(
        "button",
        {
          type: "button",
          className: "row tall",
          title: `${words}, ${tn("{count} pixel. Go there", "{count} pixels. Go there", change.pixels)}`,
          onclick: () => (store.view.value = fitBox(store.view.value, change.box)),
        },
        diffSwatch(change.from === null ? 1 : change.to === null ? 2 : 3),
        h("span", { className: "text" }, words),
        h("span", { className: "score" }, percent(change.pixels / pixels)),
      ),
    );
  });
}

/** @param {Store} store @param {number | null} id of a class */
function nameOf(store, id) {
  if (id === null) return t("unlabelled");
  return store.classById.get(id)?.name ?? t("Class {id}", { id });
}

/** @param {number} value of the difference map */
function diffSwatch(value) {
  const swatch = h("span", { className: "swatch" });
  swatch.style.backgroundColor = DIFF_COLORS[value];
  return swatch;
}
