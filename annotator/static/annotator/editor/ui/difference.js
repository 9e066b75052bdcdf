/** @import {Action} from "../input/actions.js" */
/** @import {Comparison} from "../comparison.js" */
/** @import {Change} from "../diff.js" */
/** @import {Store} from "../store.js" */
import { effect, untracked } from "@preact/signals-core";
import { digits, t, tn } from "../i18n.js";
import { lookAt, walk } from "../places.js";
import { toggleButton } from "./buttons.js";
import { changeText, diffSwatch, kindOf } from "./difference_strip.js";
import { h, show } from "./dom.js";
import { referenceText } from "./reference_text.js";
import { panelSection } from "./section.js";
import { VirtualList } from "./virtual_list.js";

const ROW_PX = 40;
const ROWS_IN_SIGHT = 4;

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
  const list = new VirtualList({
    rowPx: ROW_PX,
    label: t("Differences"),
    row: (/** @type {Change} */ change, position) => changeRow(store, change, position),
  });
  const most = h("p", { className: "note" });
  const section = panelSection("difference", t("Difference"), {}, reference, toggle, list.element, most);
  list.element.addEventListener("keydown", (event) => step(store, event));
  effect(() => {
    const choices = [
      ...(store.image.value?.prediction ? ["prediction"] : []),
      ...store.revisions.value.map(({ number }) => `revision:${number}`),
    ];
    reference.replaceChildren(
      ...choices.map((value) => h("option", { value }, referenceText(store, value))),
    );
    reference.value = store.reference.value;
    reference.title = referenceText(store, store.reference.value);
    show(section, (isOffered || isShown()) && comparison.isPossible && choices.length > 0);
  });
  effect(() => {
    const changes = isShown() ? store.changes.value : [];
    const missing = isShown() ? store.changeCount.value - changes.length : 0;
    show(list.element, changes.length > 0);
    list.element.style.height = `${ROW_PX * Math.min(changes.length, ROWS_IN_SIGHT)}px`;
    most.hidden = missing <= 0;
    most.textContent = tn(
      "{count} smaller place is not listed.",
      "{count} smaller places are not listed.",
      Math.max(missing, 1),
    );
    untracked(() => list.show(changes));
  });
  effect(() => {
    const at = store.changeAt.value;
    untracked(() => (at < 0 ? list.draw() : list.reveal(at)));
  });
  return section;
}

/** @param {Store} store @param {Change} change @param {number} position */
function changeRow(store, change, position) {
  const words = changeText(store, change);
  return h(
    "div",
    {
      className: "row change",
      role: "option",
      aria: { selected: String(store.changeAt.peek() === position) },
      title: t("{number}: {words}. Go there", { number: digits(position + 1), words }),
      onclick: () => {
        store.changeAt.value = position;
        lookAt(store, change.box);
      },
    },
    diffSwatch(kindOf(change)),
    h("span", { className: "text" }, words),
  );
}

/** Arrow keys go through the list. @param {Store} store @param {KeyboardEvent} event */
function step(store, event) {
  const way = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (!way || event.altKey) return;
  event.preventDefault();
  event.stopPropagation();
  const boxes = store.changes.value.map(({ box }) => box);
  walk(store, store.changeAt, boxes, way);
}
