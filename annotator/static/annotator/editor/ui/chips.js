/** @import {PredictionHelp} from "../prediction_help.js" */
/** @import {Session} from "../session.js" */
/** @import {Store} from "../store.js" */
import { effect } from "@preact/signals-core";
import { t, tn } from "../i18n.js";
import { h, show } from "./dom.js";
import { strips } from "./strips.js";

/**
 * What changes the way the image is seen or waits in the background, over the image: each with the way out of it.
 * @param {Store} store @param {Session} session @param {PredictionHelp} predictionHelp
 */
export function mountChips(store, session, predictionHelp) {
  const isolated = chip(() => (store.isolated.value = null));
  const untaken = chip(() => void predictionHelp.untaken.dismiss());
  strips().append(taskChip(store), isolated.element, untaken.element);
  effect(() => {
    const shown = store.isolated.value;
    const document = shown ? session.document : null;
    isolated.tell(document && shown ? t("Only {name}", { name: nameOf(store, document.segments, shown) }) : "");
  });
  effect(() => {
    const count = store.untaken.value?.count ?? 0;
    untaken.tell(
      count
        ? tn("{count} predicted segment not taken over", "{count} predicted segments not taken over", count)
        : "",
    );
  });
}

/** @param {() => void} end */
function chip(end) {
  const text = h("span", {});
  const element = h("button", { type: "button", className: "chip", onclick: end }, text, h("kbd", {}, t("Esc")));
  return {
    element,
    tell(/** @type {string} */ words) {
      text.textContent = words;
      show(element, words !== "");
    },
  };
}

/** The operation that is being worked out, how far it is, and the way to stop it. @param {Store} store */
function taskChip(store) {
  const label = h("span", {});
  const bar = h("progress", { max: 1, value: 0, aria: { label: t("Progress") } });
  const stop = h(
    "button",
    { type: "button", className: "button", onclick: () => store.task.value?.cancel() },
    `${t("Stop")} (${t("Esc")})`,
  );
  const element = h("div", { className: "chip task", role: "status" }, label, bar, stop);
  effect(() => {
    const task = store.task.value;
    // What is done at once says nothing.
    show(element, Boolean(task && task.share.value > 0));
    if (!task) return;
    label.textContent = task.label;
    bar.value = task.share.value;
  });
  return element;
}

/**
 * @param {Store} store @param {import("../segments.js").SegmentTable} segments
 * @param {{kind: "class" | "segment", id: number}} shown
 */
function nameOf(store, segments, { kind, id }) {
  const classId = kind === "class" ? id : (segments.get(id)?.class ?? -1);
  const entry = store.classById.get(classId);
  const name = entry?.name ?? t("Class {id}", { id: classId });
  return kind === "segment" && entry?.kind === "thing" ? `${name} #${id}` : name;
}
