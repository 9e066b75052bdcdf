/** @import {Action} from "../input/actions.js" */
/** @import {Store} from "../store.js" */
import { effect } from "@preact/signals-core";
import { digits, t } from "../i18n.js";
import { actionButton, withKeys } from "./buttons.js";
import { checkbox, choice, slider } from "./controls.js";
import { show } from "./dom.js";
import { panelSection } from "./section.js";

const GAMMA_DOUBLINGS = 2;

/** How labels and image are shown. @param {Store} store @param {Map<string, Action>} actions */
export function lookPanel(store, actions) {
  const reset = actionButton(actions, "adjust-reset", null, { text: t("Image as it is") });
  effect(() => {
    show(reset, store.brightness.value !== 0 || store.contrast.value !== 0 || store.gamma.value !== 1);
  });
  return panelSection(
    "look",
    t("View"),
    { isOpen: false },
    ...labelSliders(store),
    palettes(store),
    ...switches(store, actions),
    ...imageSliders(store),
    reset,
  );
}

/** @param {Store} store */
function labelSliders(store) {
  const opacity = slider(t("Labels"), { min: 0, max: 1, step: 0.05 }, (value) => (store.opacity.value = value));
  effect(() => opacity.show(store.opacity.value, percent(store.opacity.value)));
  return [opacity.row];
}

/** @param {Store} store */
function imageSliders(store) {
  const even = { min: -1, max: 1, step: 0.05 };
  const brightness = slider(t("Brightness"), even, (value) => (store.brightness.value = value));
  const contrast = slider(t("Contrast"), even, (value) => (store.contrast.value = value));
  const gamma = slider(
    t("Gamma"),
    { min: -GAMMA_DOUBLINGS, max: GAMMA_DOUBLINGS, step: 0.1 },
    (value) => (store.gamma.value = Math.round(100 * 2 ** value) / 100),
  );
  effect(() => brightness.show(store.brightness.value, signedPercent(store.brightness.value)));
  effect(() => contrast.show(store.contrast.value, signedPercent(store.contrast.value)));
  effect(() => gamma.show(Math.log2(store.gamma.value), digits(store.gamma.value, 2)));
  return [brightness.row, contrast.row, gamma.row];
}

/** @param {Store} store */
function palettes(store) {
  const palette = choice(
    t("Colours"),
    [
      ["project", t("of the project")],
      ["distinct", t("most distinct")],
      ["colour-blind", t("colour-blind safe")],
    ],
    (value) => (store.palette.value = value),
    { isStacked: true },
  );
  effect(() => void palette.show(store.palette.value));
  return palette.row;
}

/** @param {Store} store @param {Map<string, Action>} actions */
function switches(store, actions) {
  const all = /** @type {[string, string, import("@preact/signals-core").Signal<boolean>][]} */ ([
    ["contour", t("Contour only"), store.isContourOnly],
    ["hatching", t("Hatched classes"), store.isHatchingOn],
    ["unlabelled", t("Hatch unlabelled"), store.isUnlabelledShown],
    ["heat", t("Uncertainty"), store.isHeatShown],
    ["smoothing", t("Smooth pixels"), store.isSmooth],
    ["minimap", t("Mini-map"), store.isMinimapOpen],
    ["rulers", t("Rulers"), store.areRulersShown],
  ]);
  return all.map(([name, text, signal]) => {
    const action = /** @type {Action} */ (actions.get(name));
    const box = checkbox(text, () => action.run());
    effect(() => {
      box.show(signal.value);
      box.row.title = withKeys(action.label, action.keys);
      box.row.hidden = !(action.isEnabled?.() ?? true);
    });
    return box.row;
  });
}

/** @param {number} share */
function percent(share) {
  return `${Math.round(share * 100)} %`;
}

/** @param {number} share -1..1 */
function signedPercent(share) {
  return share > 0 ? `+${percent(share)}` : percent(share).replace("-", "−");
}
