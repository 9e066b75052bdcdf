/** @import {Store} from "../store.js" */
import { effect } from "@preact/signals-core";
import { BRUSH_RANGE_PX } from "../input/actions.js";
import { heading } from "./buttons.js";
import { h } from "./dom.js";

/** Brush size, what is painted over, label opacity. @param {Store} store */
export function optionsPanel(store) {
  // The slider is logarithmic: 1 to 512 px in nine doublings, fine where brushes are small.
  const size = slider("Brush", { min: 0, max: Math.log2(BRUSH_RANGE_PX.max), step: 0.05 }, (value) => {
    store.brushPx.value = Math.round(2 ** value);
  });
  const opacity = slider("Opacity", { min: 0, max: 1, step: 0.05 }, (value) => (store.opacity.value = value));
  const over = h(
    "select",
    {
      id: "paint-over",
      onchange: () => {
        store.paintOver.value = over.value === "unlabelled" ? "unlabelled" : "everything";
      },
    },
    h("option", { value: "everything" }, "everything"),
    h("option", { value: "unlabelled" }, "unlabelled only"),
  );
  effect(() => size.show(Math.log2(store.brushPx.value), `${store.brushPx.value} px`));
  effect(() => opacity.show(store.opacity.value, `${Math.round(store.opacity.value * 100)} %`));
  effect(() => {
    over.value = store.paintOver.value;
  });
  return h(
    "section",
    { aria: { label: "Tool options" } },
    heading("Options"),
    size.row,
    opacity.row,
    h("label", { className: "option", title: "What the brush may paint over (M)" }, h("span", {}, "Paint over"), over),
  );
}

/**
 * @param {string} name @param {{min: number, max: number, step: number}} range @param {(value: number) => void} set
 */
function slider(name, range, set) {
  const input = h("input", { type: "range", ...range, oninput: () => set(Number(input.value)) });
  const output = h("output", { className: "figure" });
  return {
    row: h("label", { className: "option" }, h("span", {}, name), output, input),
    show(/** @type {number} */ value, /** @type {string} */ text) {
      input.value = String(value);
      input.setAttribute("aria-valuetext", text);
      output.textContent = text;
    },
  };
}
