/** @import {Action, ActionPorts} from "./actions.js" */
import { t } from "../i18n.js";

const OPACITY_STEP = 0.1;

/** How labels and image look. @param {ActionPorts} ports @returns {Action[]} */
export function lookActions({ store, comparison }) {
  const flip = (/** @type {{value: boolean}} */ signal) => () => (signal.value = !signal.value);
  const show = (/** @type {"prediction" | "difference"} */ layer) => () =>
    (store.shownLayer.value = store.shownLayer.value === layer ? "labels" : layer);
  const fade = (/** @type {number} */ by) => () => {
    store.opacity.value = Math.round(10 * Math.min(Math.max(store.opacity.value + by, 0), 1)) / 10;
  };
  return [
    {
      name: "hide-labels",
      label: t("Hide or show labels"),
      keys: ["H"],
      group: "Look",
      run: flip(store.areLabelsShown),
    },
    {
      name: "contour",
      label: t("Contour only (on the image)"),
      keys: ["Tab"],
      group: "Look",
      run: flip(store.isContourOnly),
    },
    { name: "fainter", label: t("Fainter labels"), keys: ["Shift+["], group: "Look", run: fade(-OPACITY_STEP) },
    { name: "stronger", label: t("Stronger labels"), keys: ["Shift+]"], group: "Look", run: fade(OPACITY_STEP) },
    {
      name: "unlabelled",
      label: t("Hatch what is unlabelled"),
      keys: ["Shift+U"],
      group: "Look",
      run: flip(store.isUnlabelledShown),
    },
    {
      name: "hatching",
      label: t("Hatch the classes"),
      keys: ["Shift+H"],
      group: "Look",
      run: flip(store.isHatchingOn),
    },
    {
      name: "smoothing",
      label: t("Smooth the pixels of the magnified image"),
      keys: ["Alt+S"],
      group: "Look",
      run: flip(store.isSmooth),
    },
    {
      name: "adjust-reset",
      label: t("Image as it is: no brightness, contrast, gamma"),
      keys: ["Shift+Q"],
      group: "Look",
      run: () => {
        store.brightness.value = 0;
        store.contrast.value = 0;
        store.gamma.value = 1;
      },
    },
    {
      name: "heat",
      label: t("Show how unsure the model is"),
      keys: ["Shift+O"],
      group: "Look",
      run: flip(store.isHeatShown),
      isEnabled: () => Boolean(store.image.value?.prediction),
    },
    {
      name: "show-prediction",
      label: t("Show the prediction"),
      keys: ["Shift+D"],
      group: "Look",
      run: show("prediction"),
      isEnabled: () => comparison.isPossible && Boolean(store.image.value?.prediction),
    },
    {
      name: "show-difference",
      label: t("Show what was changed"),
      keys: ["D"],
      group: "Look",
      run: show("difference"),
      isEnabled: () => comparison.isPossible,
    },
  ];
}
