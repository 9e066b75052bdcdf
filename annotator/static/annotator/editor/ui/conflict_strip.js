/** @import {Action} from "../input/actions.js" */
/** @import {Store} from "../store.js" */
/** @import {ClassShare, Conflict, ConflictRegion} from "../types.js" */
import { computed, effect } from "@preact/signals-core";
import { digits, t, tn } from "../i18n.js";
import { lookAt } from "../places.js";
import { timeText } from "../revision_words.js";
import { actionButton, toggleButton } from "./buttons.js";
import { h, show } from "./dom.js";
import { mountPlaceFrame } from "./place_frame.js";
import { addStrip, stripGroup, stripIconButton } from "./strips.js";
import { stillSwatch } from "./swatch.js";

/**
 * The strip over the image that walks through what two people painted differently, shows both, and lets one choose.
 * @param {Store} store @param {Map<string, Action>} actions
 */
export function mountConflict(store, actions) {
  const region = computed(() => store.conflict.value?.regions[store.conflictAt.value] ?? null);
  const text = h("p", { role: "status" });
  const place = h("span", { className: "figure" });
  const walkers = stripGroup(
    actionButton(actions, "previous-place", "chevron-left"),
    place,
    actionButton(actions, "next-place", "chevron-right"),
  );
  const goThere = stripIconButton("search", t("Go there"), () => region.value && lookAt(store, region.value));
  const isTheirs = () => store.shownLayer.value === "theirs";
  const see = toggleButton(actions, "see-theirs", "eye", isTheirs, { text: t("See theirs") });
  const one = stripGroup(
    actionButton(actions, "keep-mine", null, { text: t("Keep mine") }),
    actionButton(actions, "take-theirs", null, { text: t("Take theirs") }),
  );
  const all = stripGroup(
    actionButton(actions, "keep-all-mine", null, { text: t("All mine") }),
    actionButton(actions, "take-all-theirs", null, { text: t("All theirs") }),
  );
  const legend = h("div", { className: "sides" });
  const strip = addStrip("conflict", t("Save conflict"), text, legend, walkers, stripGroup(goThere, see), one, all);
  mountPlaceFrame(store, () => region.value);

  let isKnown = false;
  effect(() => {
    const conflict = store.conflict.value;
    show(strip, conflict !== null);
    const isNew = conflict !== null && !isKnown;
    isKnown = conflict !== null;
    if (!conflict) return;
    const count = conflict.regions.length;
    if (isNew || store.conflictAt.value >= count) store.conflictAt.value = 0;
    const shown = conflict.regions[store.conflictAt.value];
    place.textContent = t("{place} of {count}", { place: store.conflictAt.value + 1, count });
    text.textContent = conflictText(store, conflict);
    legend.replaceChildren(...sidesOf(store, conflict, shown, isTheirs()));
    show(walkers, count > 1);
    show(all, count > 1);
    if (isNew) lookAt(store, shown);
  });
}

/** @param {Store} store @param {Conflict} conflict */
function conflictText(store, { theirAuthor, theirTime }) {
  const time = theirTime ? timeText(theirTime) : "";
  if (!theirAuthor) return t("Someone else drew on the same pixels. Yours stand until you choose.");
  return theirAuthor === store.config.user.name
    ? t("You drew on the same pixels on another page ({time}). What you drew here stands until you choose.", { time })
    : t("{author} drew on the same pixels ({time}). Yours stand until you choose.", { author: theirAuthor, time });
}

/**
 * Both sides with their classes; the one that is seen stands out.
 * @param {Store} store @param {Conflict} conflict @param {ConflictRegion} region @param {boolean} isTheirs
 */
function sidesOf(store, conflict, region, isTheirs) {
  const { mine, theirs } = conflict.classesIn(region);
  const isOther = conflict.theirAuthor && conflict.theirAuthor !== store.config.user.name;
  const name = isOther ? conflict.theirAuthor : t("Theirs");
  return [
    sideOf(store, t("Mine"), mine, !isTheirs),
    sideOf(store, name ?? "", theirs, isTheirs),
  ];
}

/** @param {Store} store @param {string} name @param {ClassShare[]} shares @param {boolean} isSeen */
function sideOf(store, name, shares, isSeen) {
  const parts = shares.map(({ class: id, pixels }) =>
    h(
      "span",
      { className: "share" },
      id === null ? null : stillSwatch(store, id),
      id === null ? t("unlabelled") : (store.classById.get(id)?.name ?? t("Class {id}", { id })),
      h("span", { className: "number", title: tn("{count} pixel", "{count} pixels", pixels) }, digits(pixels)),
    ),
  );
  const title = isSeen ? t("{name}, seen now", { name }) : name;
  return h("span", { className: isSeen ? "side seen" : "side" }, h("strong", {}, title), ...parts);
}
