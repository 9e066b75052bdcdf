/** @import {Action, ActionPorts} from "./actions.js" */
import { t } from "../i18n.js";
import { readOnlyReason } from "./reasons.js";

/** Operations on the selected segments, and help from predictions. @param {ActionPorts} ports @returns {Action[]} */
export function segmentActions(ports) {
  return [...operationActions(ports), ...helpActions(ports)];
}

/** @param {ActionPorts} ports @returns {Action[]} */
function operationActions({ store, segmentEdits }) {
  const chosen = () => store.selectedSegments.value.size || (store.segmentId.value === null ? 0 : 1);
  /**
   * @param {string} name @param {string} label @param {string} key @param {() => Promise<unknown> | void} run
   * @param {{isOfTwo?: boolean}} [takes] isOfTwo: of two segments, or of one and the open proposal
   * @returns {Action}
   */
  const operation = (name, label, key, run, { isOfTwo = false } = {}) => {
    const whyNot = () => {
      const wanted = isOfTwo && !store.proposal.value?.pixels ? 2 : 1;
      if (store.isReadOnly.value || chosen() >= wanted) return readOnlyReason(store);
      return isOfTwo
        ? t("Select two segments, or one while a proposal is open.")
        : t("Select a segment first: pick it on the image or in the list.");
    };
    return { name, label, keys: [key], group: "Segments", run: () => void run(), isEnabled: () => !whyNot(), whyNot };
  };
  return [
    operation("split", t("Split into connected parts"), "Shift+T", () => segmentEdits.split()),
    operation(
      "merge",
      t("Merge the selected segments, or add the proposal"),
      "Shift+M",
      () => segmentEdits.merge(),
      { isOfTwo: true },
    ),
    operation("fill-holes", t("Fill holes"), "Shift+F", () => segmentEdits.fillHoles()),
    operation("keep-largest", t("Keep the largest part"), "Shift+L", () => segmentEdits.keepLargest()),
    operation("remove-specks", t("Remove specks"), "Shift+K", () => segmentEdits.removeSpecks()),
    operation("grow", t("Grow"), "Alt+]", () => segmentEdits.grow()),
    operation("shrink", t("Shrink"), "Alt+[", () => segmentEdits.shrink()),
    operation(
      "intersect",
      t("Keep what lies within the second segment, or the proposal"),
      "Shift+I",
      () => segmentEdits.intersect(),
      { isOfTwo: true },
    ),
    operation(
      "subtract",
      t("Take away what lies within the second segment, or the proposal"),
      "Shift+E",
      () => segmentEdits.subtract(),
      { isOfTwo: true },
    ),
    operation("change-class", t("Give the selected segments the active class"), "Shift+C", () =>
      store.classId.value === null ? undefined : segmentEdits.changeClass(store.classId.value),
    ),
    operation("delete-segments", t("Delete the selected segments"), "Delete", () => segmentEdits.erase()),
  ];
}

/** @param {ActionPorts} ports @returns {Action[]} */
function helpActions({ store, predictionHelp, mode }) {
  const whyNone = () => (store.image.value?.prediction ? "" : t("This image has no prediction."));
  const whyNot = () => whyNone() || readOnlyReason(store);
  const isEnabled = () => !whyNot();
  /** @type {Action[]} */
  const common = [
    {
      name: "accept-segment",
      label: t("Accept the predicted segment under the pointer"),
      keys: ["Shift+A"],
      group: "Labels",
      run: () => {
        const { x, y } = store.cursor.value;
        void predictionHelp.acceptAt(Math.floor(x), Math.floor(y));
      },
      isEnabled,
      whyNot,
    },
    {
      name: "accept-above",
      label: t("Accept all confident predicted segments"),
      keys: ["Alt+A"],
      group: "Labels",
      run: () => void predictionHelp.acceptAbove(),
      isEnabled,
      whyNot,
    },
    {
      name: "next-uncertain",
      label: t("Go to the next uncertain place"),
      keys: ["U"],
      group: "View",
      run: () => void predictionHelp.nextUncertain(),
      isEnabled: () => !whyNone(),
      whyNot: whyNone,
    },
  ];
  if (mode.name !== "annotate") return common;
  return [
    ...common,
    {
      name: "copy-previous",
      label: t("Copy the labels of the image before"),
      keys: ["Shift+V"],
      group: "Labels",
      run: () => void predictionHelp.previous.copy(),
      isEnabled: () => !store.isReadOnly.value,
      whyNot: () => readOnlyReason(store),
    },
  ];
}
