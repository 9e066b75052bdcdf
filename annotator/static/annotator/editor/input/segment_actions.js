/** @import {Action, ActionPorts} from "./actions.js" */
import { t } from "../i18n.js";

/** Operations on the selected segments, and help from predictions. @param {ActionPorts} ports @returns {Action[]} */
export function segmentActions(ports) {
  return [...operationActions(ports), ...helpActions(ports)];
}

/** @param {ActionPorts} ports @returns {Action[]} */
function operationActions({ store, segmentEdits }) {
  const chosen = () => store.selectedSegments.value.size || (store.segmentId.value === null ? 0 : 1);
  /**
   * @param {string} name @param {string} label @param {string} key @param {() => Promise<unknown> | void} run
   * @param {number} [fewest] segments that it takes
   * @returns {Action}
   */
  const operation = (name, label, key, run, fewest = 1) => ({
    name,
    label,
    keys: [key],
    group: "Segments",
    run: () => void run(),
    isEnabled: () => !store.isReadOnly.value && chosen() >= fewest,
  });
  return [
    operation("split", t("Split into connected parts"), "Shift+T", () => segmentEdits.split()),
    operation("merge", t("Merge the selected segments"), "Shift+M", () => segmentEdits.merge(), 2),
    operation("fill-holes", t("Fill holes"), "Shift+F", () => segmentEdits.fillHoles()),
    operation("keep-largest", t("Keep the largest part"), "Shift+L", () => segmentEdits.keepLargest()),
    operation("remove-specks", t("Remove specks"), "Shift+K", () => segmentEdits.removeSpecks()),
    operation("grow", t("Grow"), "Alt+]", () => segmentEdits.grow()),
    operation("shrink", t("Shrink"), "Alt+[", () => segmentEdits.shrink()),
    operation("intersect", t("Keep what lies within the second segment"), "Shift+I", () => segmentEdits.intersect(), 2),
    operation(
      "subtract",
      t("Take away what lies within the second segment"),
      "Shift+E",
      () => segmentEdits.subtract(),
      2,
    ),
    operation("change-class", t("Give the selected segments the active class"), "Shift+C", () =>
      store.classId.value === null ? undefined : segmentEdits.changeClass(store.classId.value),
    ),
    operation("delete-segments", t("Delete the selected segments"), "Delete", () => segmentEdits.erase()),
  ];
}

/** @param {ActionPorts} ports @returns {Action[]} */
function helpActions({ store, predictionHelp, mode }) {
  const hasPrediction = () => Boolean(store.image.value?.prediction) && !store.isReadOnly.value;
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
      isEnabled: hasPrediction,
    },
    {
      name: "accept-above",
      label: t("Accept all predicted segments that are sure"),
      keys: ["Alt+A"],
      group: "Labels",
      run: () => void predictionHelp.acceptAbove(),
      isEnabled: hasPrediction,
    },
    {
      name: "next-uncertain",
      label: t("Go to the next doubtful place"),
      keys: ["U"],
      group: "View",
      run: () => void predictionHelp.nextUncertain(),
      isEnabled: () => Boolean(store.image.value?.prediction),
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
      run: () => void predictionHelp.copyPrevious(),
      isEnabled: () => !store.isReadOnly.value,
    },
  ];
}
