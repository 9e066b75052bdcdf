/** @import {Store} from "../store.js" */
import { effect } from "@preact/signals-core";
import { t } from "../i18n.js";
import { chooseClass } from "../input/label_actions.js";
import { byId, h } from "./dom.js";

/** Lists longer than the nine keys are always searchable; shorter ones when asked by key. */
const ALWAYS_ABOVE = 9;

/**
 * The field over the list of classes: what is typed thins the list out, arrows walk, Enter takes, Esc leaves.
 * @param {Store} store
 * @param {HTMLElement} list whose rows carry `data-class` and `data-name`
 */
export function classSearch(store, list) {
  const input = h("input", {
    type: "search",
    className: "search",
    role: "combobox",
    placeholder: t("Search a class"),
    autocomplete: "off",
    spellcheck: false,
    aria: { label: t("Search a class"), controls: "class-list", expanded: "true", autocomplete: "list" },
  });
  const rows = /** @type {HTMLElement[]} */ ([...list.children]);
  let at = 0;

  const matches = () => rows.filter((row) => !row.hidden);
  const show = () => {
    const words = input.value.trim().toLowerCase().split(/\s+/);
    for (const row of rows) row.hidden = !words.every((word) => row.dataset.name?.includes(word));
    at = 0;
    mark();
  };
  const mark = () => {
    const isTyping = document.activeElement === input;
    const found = matches();
    rows.forEach((row) => row.classList.remove("found"));
    if (isTyping) found[at]?.classList.add("found");
    found[at]?.scrollIntoView({ block: "nearest" });
    input.setAttribute(
      "aria-label",
      isTyping && found[at] ? `${t("Search a class")}: ${found[at].dataset.name}` : t("Search a class"),
    );
  };
  const leave = () => {
    input.value = "";
    show();
    store.isSearchingClass.value = false;
    byId("stage").focus({ preventScroll: true });
  };

  input.addEventListener("input", show);
  input.addEventListener("focus", mark);
  input.addEventListener("blur", () => {
    rows.forEach((row) => row.classList.remove("found"));
    if (!input.value) store.isSearchingClass.value = false;
  });
  input.addEventListener("keydown", (event) => {
    const found = matches();
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) at = (at + step + found.length) % Math.max(found.length, 1);
    else if (event.key === "Enter" && found[at]) chooseClass(store, Number(found[at].dataset.class));
    else if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    if (step) mark();
    else leave();
  });
  effect(() => {
    input.hidden = !store.isSearchingClass.value && store.classes.length <= ALWAYS_ABOVE;
    if (store.isSearchingClass.value) input.focus();
  });
  return input;
}
