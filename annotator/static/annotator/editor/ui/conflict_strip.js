/** @import {Store} from "../store.js" */
/** @import {Conflict, ConflictRegion} from "../types.js" */
import { effect, signal } from "@preact/signals-core";
import { t, tn } from "../i18n.js";
import { fitBox } from "../view.js";
import { byId, h, icon } from "./dom.js";

/** Room around a region, as a share of it, so that its surroundings are seen. */
const SURROUNDINGS = 0.5;

/**
 * The strip over the image that walks through what two people painted differently, and lets one choose.
 * @param {Store} store
 */
export function mountConflict(store) {
  const at = signal(0);
  const region = () => store.conflict.value?.regions[at.value] ?? null;
  const strip = h("div", { className: "strip-bar conflict", role: "region", aria: { label: t("Save conflict") } });
  const frame = h("div", { className: "conflict-frame" });
  byId("stage").parentElement?.append(frame, strip);

  const step = (/** @type {1 | -1} */ way) => {
    const count = store.conflict.value?.regions.length ?? 0;
    at.value = (at.value + way + count) % count;
    goTo(store, region());
  };
  const text = h("p", { role: "status" });
  const place = h("span", { className: "figure" });
  const walkers = [
    iconButton("chevron-left", t("Previous place"), () => step(-1)),
    place,
    iconButton("chevron-right", t("Next place"), () => step(1)),
    iconButton("search", t("Go there"), () => goTo(store, region())),
  ];
  const all = h(
    "span",
    { className: "group" },
    choiceButton(t("All mine"), store, "mine", () => undefined),
    choiceButton(t("All theirs"), store, "theirs", () => undefined),
  );
  strip.append(
    text,
    h("span", { className: "group" }, ...walkers),
    h(
      "span",
      { className: "group" },
      choiceButton(t("Keep mine"), store, "mine", region),
      choiceButton(t("Take theirs"), store, "theirs", region),
    ),
    all,
  );

  /** @type {Conflict | null} */
  let known = null;
  effect(() => {
    const conflict = store.conflict.value;
    strip.hidden = frame.hidden = !conflict;
    if (!conflict) return void (known = null);
    const isNew = known === null;
    known = conflict;
    const count = conflict.regions.length;
    if (at.value >= count) at.value = 0;
    place.textContent = t("{place} of {count}", { place: at.value + 1, count });
    text.textContent = conflictText(conflict, region());
    all.hidden = count < 2;
    for (const button of walkers) if (button instanceof HTMLButtonElement) button.disabled = count < 2;
    if (isNew) goTo(store, region());
  });
  effect(() => showFrame(store, frame, region()));
}

/** @param {Conflict} conflict @param {ConflictRegion | null} region */
function conflictText({ theirAuthor, theirRevision }, region) {
  const pixels = tn("{count} pixel", "{count} pixels", region?.pixels ?? 0);
  return theirAuthor
    ? t("{author} saved over the same place as you (revision {revision}, {pixels}). Yours stands until you choose.", {
        author: theirAuthor,
        revision: theirRevision,
        pixels,
      })
    : t(
        "Someone else saved over the same place as you (revision {revision}, {pixels}). Yours stands until you choose.",
        {
          revision: theirRevision,
          pixels,
        },
      );
}

/**
 * @param {string} text @param {Store} store @param {"mine" | "theirs"} choice
 * @param {() => ConflictRegion | null | undefined} region nothing for all that are left
 */
function choiceButton(text, store, choice, region) {
  return h(
    "button",
    {
      type: "button",
      className: "button",
      data: { choice },
      onclick: () => store.conflict.value?.resolve(choice, region() ?? undefined),
    },
    text,
  );
}

/** @param {string} name @param {string} label @param {() => void} run */
function iconButton(name, label, run) {
  return h(
    "button",
    { type: "button", className: "button icon-only", title: label, aria: { label }, onclick: run },
    icon(name),
  );
}

/** @param {Store} store @param {ConflictRegion | null} region */
function goTo(store, region) {
  if (!region) return;
  const { x0, y0, x1, y1 } = region;
  const margin = SURROUNDINGS * Math.max(x1 - x0, y1 - y0);
  const box = { x0: x0 - margin, y0: y0 - margin, x1: x1 + margin, y1: y1 + margin };
  store.view.value = fitBox(store.view.peek(), box);
}

/** @param {Store} store @param {HTMLElement} frame @param {ConflictRegion | null} region */
function showFrame(store, frame, region) {
  if (!region) return;
  const { scale, x, y, ratio } = store.view.value;
  const css = (/** @type {number} */ value, /** @type {number} */ offset) => `${(value * scale + offset) / ratio}px`;
  frame.style.left = css(region.x0, x);
  frame.style.top = css(region.y0, y);
  frame.style.width = css(region.x1 - region.x0, 0);
  frame.style.height = css(region.y1 - region.y0, 0);
}
