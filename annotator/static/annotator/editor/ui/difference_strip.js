/** @import {Action} from "../input/actions.js" */
/** @import {Store} from "../store.js" */
import { computed, effect } from "@preact/signals-core";
import { digits, t, tn } from "../i18n.js";
import { lookAt } from "../places.js";
import { DIFF_COLORS } from "../renderer/palette.js";
import { actionButton } from "./buttons.js";
import { h, show } from "./dom.js";
import { mountPlaceFrame } from "./place_frame.js";
import { referenceText } from "./reference_text.js";
import { addStrip, stripGroup } from "./strips.js";

/**
 * The strip that walks through what was changed: against what, how much, and which of the places is looked at.
 * @param {Store} store @param {Map<string, Action>} actions
 */
export function mountDifference(store, actions) {
  const change = computed(() =>
    store.shownLayer.value === "difference" ? (store.changes.value[store.changeAt.value] ?? null) : null,
  );
  const against = h("span", {});
  const legend = h("span", { className: "sides" });
  const place = h("span", { className: "figure", role: "status" });
  const walkers = stripGroup(
    actionButton(actions, "previous-place", "chevron-left"),
    place,
    actionButton(actions, "next-place", "chevron-right"),
  );
  const words = h("button", {
    type: "button",
    className: "button quiet",
    title: t("Go there"),
    onclick: () => change.value && lookAt(store, change.value.box),
  });
  const close = actionButton(actions, "show-difference", "x");
  const strip = addStrip("difference", t("Differences, one by one"), against, legend, walkers, words, close);
  mountPlaceFrame(store, () => change.value?.box ?? null);
  effect(() => {
    const isShown = store.shownLayer.value === "difference" && store.conflict.value === null;
    show(strip, isShown);
    if (!isShown) return;
    const { changeCount, changeAt, changes } = store;
    const count = changeCount.value;
    const reference = referenceText(store, store.reference.value);
    against.textContent = count
      ? t("Compared with: {reference}", { reference })
      : t("No pixel differs in class. Compared with: {reference}", { reference });
    legend.replaceChildren(...legendOf(store));
    show(walkers, count > 0);
    place.textContent =
      changeAt.value < 0
        ? tn("{count} place", "{count} places", count)
        : t("{place} of {count}", { place: digits(changeAt.value + 1), count: digits(changes.value.length) });
    show(words, change.value !== null);
    if (change.value) words.replaceChildren(diffSwatch(kindOf(change.value)), changeText(store, change.value));
  });
}

/** Added, removed and changed, with the share of the image. @param {Store} store */
function legendOf(store) {
  const image = store.image.value;
  const pixels = image ? image.width * image.height : 1;
  return [t("added"), t("removed"), t("changed")].flatMap((word, i) => {
    const count = store.changedPixels.value[i];
    if (!count) return [];
    return h("span", { className: "share" }, diffSwatch(i + 1), `${word} ${shareText(count / pixels)}`);
  });
}

/** @param {{from: number | null, to: number | null}} change @returns {number} value of the difference map */
export function kindOf({ from, to }) {
  return from === null ? 1 : to === null ? 2 : 3;
}

/** @param {Store} store @param {import("../diff.js").Change} change */
export function changeText(store, { from, to, pixels }) {
  const nameOf = (/** @type {number | null} */ id) =>
    id === null ? t("unlabelled") : (store.classById.get(id)?.name ?? t("Class {id}", { id }));
  return `${nameOf(from)} → ${nameOf(to)}, ${tn("{count} pixel", "{count} pixels", pixels)}`;
}

/** @param {number} value of the difference map */
export function diffSwatch(value) {
  const swatch = h("span", { className: "swatch" });
  swatch.style.backgroundColor = DIFF_COLORS[value];
  return swatch;
}

/** @param {number} share 0..1 */
function shareText(share) {
  return share < 0.001 ? `< ${digits(0.1, 1)} %` : `${digits(share * 100, share < 0.1 ? 1 : 0)} %`;
}
