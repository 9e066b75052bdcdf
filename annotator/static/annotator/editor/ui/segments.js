/** @import {Action} from "../input/actions.js" */
/** @import {Segment} from "../types.js" */
/** @import {Session} from "../session.js" */
/** @import {Store} from "../store.js" */
import { effect, untracked } from "@preact/signals-core";
import { digits, t } from "../i18n.js";
import { h, icon, show } from "./dom.js";
import { panelSection } from "./section.js";
import { segmentTools } from "./segment_tools.js";
import { listenToSelection } from "./selection.js";
import { stillSwatch } from "./swatch.js";
import { VirtualList } from "./virtual_list.js";

const ROW_PX = 26;
const UNSURE_BELOW = 0.6;

/**
 * The segments of the image: least sure first where a model scored them, then by class.
 * @param {Store} store @param {Map<string, Action>} actions @param {Session} session
 */
export function segmentsPanel(store, actions, session) {
  const count = h("span", { className: "figure" });
  const empty = h("p", { className: "note" }, t("Nothing is labelled yet."));
  const list = new VirtualList({
    rowPx: ROW_PX,
    label: t("Segments"),
    row: (/** @type {Segment} */ segment) => segmentRow(store, segment),
  });
  effect(() => {
    void store.labelsVersion.value;
    const { document } = session;
    const segments = document ? sorted(document.segments.used(document.map.counts)) : [];
    const chosen = store.selectedSegments.value.size;
    count.textContent = chosen > 1 ? `${chosen} / ${segments.length}` : String(segments.length);
    count.title = t("Chosen / all");
    empty.hidden = segments.length > 0;
    show(list.element, segments.length > 0);
    untracked(() => list.show(segments));
  });
  effect(() => {
    const { selectedSegments, hiddenSegments, lockedSegments, classColors, isHatchingOn } = store;
    for (const signal of [selectedSegments, hiddenSegments, lockedSegments, classColors, isHatchingOn])
      void signal.value;
    untracked(() => list.draw());
  });
  listenToSelection(store, list, () => actions.get("zoom-segment")?.run());
  return panelSection(
    "segments",
    t("Segments"),
    { extras: [count], className: "grow" },
    segmentTools(store, actions),
    empty,
    list.element,
  );
}

/** @param {Segment[]} segments */
function sorted(segments) {
  return segments.sort((a, b) => (a.score ?? 2) - (b.score ?? 2) || a.class - b.class || a.id - b.id);
}

/** @param {Store} store @param {Segment} segment */
function segmentRow(store, segment) {
  const entry = store.classById.get(segment.class);
  const score = typeof segment.score === "number" ? segment.score : null;
  const isHidden = store.hiddenSegments.value.has(segment.id);
  const isLocked = store.lockedSegments.value.has(segment.id);
  return h(
    "div",
    {
      id: `segment-${segment.id}`,
      className: "row",
      role: "option",
      data: { segment: String(segment.id) },
      aria: { selected: String(store.selectedSegments.value.has(segment.id)) },
      title: originText(segment, score),
    },
    stillSwatch(store, segment.class),
    h("span", { className: "name" }, entry?.name ?? t("Class {id}", { id: segment.class })),
    entry?.kind === "thing" ? h("span", { className: "number" }, `#${segment.id}`) : null,
    isLocked ? icon("lock") : null,
    isHidden ? icon("eye-off") : null,
    score === null ? null : h("span", { className: score < UNSURE_BELOW ? "score unsure" : "score" }, scoreText(score)),
  );
}

/** @param {Segment} segment @param {number | null} score */
function originText(segment, score) {
  if (segment.source !== "model") return t("Drawn by a person");
  return score === null ? t("By the model") : t("By the model, confidence {score}", { score: digits(score, 2) });
}

/** @param {number} score 0..1, as in ".93" */
export function scoreText(score) {
  return score >= 0.995 ? digits(1, 1) : digits(score, 2).slice(1);
}
