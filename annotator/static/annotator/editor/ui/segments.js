/** @import {Segment} from "../types.js" */
/** @import {Session} from "../session.js" */
/** @import {Store} from "../store.js" */
import { effect, untracked } from "@preact/signals-core";
import { heading } from "./buttons.js";
import { h } from "./dom.js";

/** More rows than this would make every stroke slow; the rest is named in a last line. */
const ROW_LIMIT = 400;
const UNSURE_BELOW = 0.6;

/**
 * The segments of the image: least sure first where a model scored them, then by class.
 * @param {Store} store @param {Session} session
 */
export function segmentsPanel(store, session) {
  const list = h("ul", { className: "rows segments", role: "list" });
  const count = h("span", { className: "figure" });
  let shown = "";
  effect(() => {
    void store.labelsVersion.value;
    const { document } = session;
    const segments = document ? sorted(document.segments.used(document.map.counts)) : [];
    count.textContent = String(segments.length);
    const signature = JSON.stringify(segments);
    if (signature !== shown) untracked(() => list.replaceChildren(...rows(store, segments)));
    shown = signature;
    mark(list, store.segmentId.peek());
  });
  effect(() => mark(list, store.segmentId.value));
  return h("section", { className: "grow", aria: { label: "Segments" } }, heading("Segments", count), list);
}

/** @param {Segment[]} segments */
function sorted(segments) {
  return segments.sort((a, b) => (a.score ?? 2) - (b.score ?? 2) || a.class - b.class || a.id - b.id);
}

/** @param {Store} store @param {Segment[]} segments */
function rows(store, segments) {
  const shown = segments.slice(0, ROW_LIMIT).map((segment) => segmentRow(store, segment));
  if (segments.length > ROW_LIMIT)
    shown.push(h("li", { className: "note" }, `and ${segments.length - ROW_LIMIT} more`));
  if (!segments.length) shown.push(h("li", { className: "note" }, "Nothing is labelled yet."));
  return shown;
}

/** @param {Store} store @param {Segment} segment */
function segmentRow(store, segment) {
  const entry = store.classById.get(segment.class);
  const swatch = h("span", { className: "swatch" });
  swatch.style.backgroundColor = entry?.color ?? "";
  const score = typeof segment.score === "number" ? segment.score : null;
  return h(
    "li",
    {},
    h(
      "button",
      {
        type: "button",
        className: "row",
        data: { segment: String(segment.id) },
        title:
          segment.source === "model"
            ? `By the model${score === null ? "" : `, confidence ${score.toFixed(2)}`}`
            : "Drawn by a person",
        onclick: () => {
          const isSelected = store.segmentId.value === segment.id;
          store.segmentId.value = isSelected ? null : segment.id;
          if (!isSelected && entry) store.classId.value = entry.id;
        },
      },
      swatch,
      h("span", { className: "name" }, entry?.name ?? `Class ${segment.class}`),
      entry?.kind === "thing" ? h("span", { className: "number" }, `#${segment.id}`) : null,
      score === null
        ? null
        : h("span", { className: score < UNSURE_BELOW ? "score unsure" : "score" }, scoreText(score)),
    ),
  );
}

/** @param {number} score 0..1, as in ".93" */
export function scoreText(score) {
  return score >= 0.995 ? "1.0" : score.toFixed(2).slice(1);
}

/** @param {HTMLElement} list @param {number | null} id */
function mark(list, id) {
  list.querySelector("[aria-pressed=true]")?.setAttribute("aria-pressed", "false");
  const row = id === null ? null : list.querySelector(`[data-segment="${id}"]`);
  row?.setAttribute("aria-pressed", "true");
  row?.scrollIntoView({ block: "nearest" });
}
