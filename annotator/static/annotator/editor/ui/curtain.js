/** @import {Store} from "../store.js" */
import { effect } from "@preact/signals-core";
import { t } from "../i18n.js";
import { byId, h } from "./dom.js";

/**
 * What fills the image's place when there is none.
 * @param {Store} store
 * @param {{title: string, text: string}} whenEmpty
 */
export function mountCurtain(store, whenEmpty) {
  const place = byId("curtain");
  const { overview, images } = store.config.urls;
  const link = (/** @type {string} */ url, /** @type {string} */ text) =>
    h("a", { className: "button", href: url }, text);
  const pages = {
    ready: () => [],
    loading: () => [h("p", { role: "status" }, t("Loading the image …"))],
    empty: () => [
      h("h1", {}, whenEmpty.title),
      h("p", {}, whenEmpty.text),
      h("div", { className: "buttons" }, link(overview, t("Project overview")), link(images, t("All images"))),
    ],
    failed: () => [
      h("h1", {}, t("This image could not be opened")),
      h("p", {}, store.failure.value),
      h("div", { className: "buttons" }, link(location.href, t("Try again")), link(images, t("All images"))),
    ],
  };
  effect(() => {
    const phase = store.phase.value;
    // The word that it loads stays until there is something in its place.
    if (phase === "ready" && !store.isDrawn.value) return;
    place.hidden = phase === "ready";
    place.dataset.phase = phase;
    place.replaceChildren(...pages[phase]());
  });
}
