import { h } from "./dom.js";

/** Form controls of the panel. Each gives back its row and a way to show the value that the store holds. */

/**
 * @param {string} name
 * @param {{min: number, max: number, step: number}} range
 * @param {(value: number) => void} set
 */
export function slider(name, range, set) {
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

/**
 * A slider with a field beside it, for who knows the number.
 * @param {string} name
 * @param {{slider: {min: number, max: number, step: number}, field: {min: number, max: number, step?: number}, unit: string}} range
 * @param {{toSlider: (value: number) => number, fromSlider: (position: number) => number}} scale
 * @param {(value: number) => void} set
 */
export function numberSlider(name, range, scale, set) {
  const input = h("input", {
    type: "range",
    ...range.slider,
    aria: { label: name },
    oninput: () => set(scale.fromSlider(Number(input.value))),
  });
  const field = h("input", {
    type: "number",
    step: 1,
    ...range.field,
    aria: { label: `${name} (${range.unit})` },
    onchange: () => {
      const { min, max, step = 1 } = range.field;
      const value = Number((Math.round(Number(field.value) / step) * step).toFixed(3));
      if (Number.isFinite(value)) set(Math.min(Math.max(value, min), max));
    },
  });
  return {
    row: h(
      "div",
      { className: "option with-field" },
      h("span", {}, name),
      h("span", { className: "field" }, field, h("span", { className: "unit" }, range.unit)),
      input,
    ),
    show(/** @type {number} */ value) {
      input.value = String(scale.toSlider(value));
      input.setAttribute("aria-valuetext", `${value} ${range.unit}`);
      field.value = String(value);
    },
  };
}

/** @param {string} name @param {() => void} flip @param {string} [title] */
export function checkbox(name, flip, title) {
  const input = h("input", { type: "checkbox", onchange: flip });
  return {
    row: h("label", { className: "check", title: title ?? "" }, input, h("span", {}, name)),
    show: (/** @type {boolean} */ isOn) => (input.checked = isOn),
  };
}

/**
 * @template {string} V
 * @param {string} name
 * @param {[V, string][]} choices value and text
 * @param {(value: V) => void} set
 * @param {{title?: string, isStacked?: boolean}} [look] stacked where the texts are long
 */
export function choice(name, choices, set, { title = "", isStacked = false } = {}) {
  const select = h(
    "select",
    { onchange: () => set(/** @type {V} */ (select.value)) },
    ...choices.map(([value, text]) => h("option", { value }, text)),
  );
  return {
    row: h("label", { className: isStacked ? "option" : "option inline", title }, h("span", {}, name), select),
    show: (/** @type {V} */ value) => (select.value = value),
  };
}
