/** @import {Action, ActionPorts} from "./actions.js" */
import { t } from "../i18n.js";
import { walk } from "../places.js";

/** Going through places that differ, and choosing where two people drew. @param {ActionPorts} ports @returns {Action[]} */
export function compareActions(ports) {
  return [...placeActions(ports), ...conflictActions(ports)];
}

/** @param {ActionPorts} ports @returns {Action[]} */
function placeActions({ store, comparison }) {
  const go = (/** @type {1 | -1} */ way) => () => {
    const conflict = store.conflict.value;
    if (conflict) return walk(store, store.conflictAt, conflict.regions, way);
    if (store.shownLayer.value !== "difference") return void (store.shownLayer.value = "difference");
    const boxes = store.changes.value.map(({ box }) => box);
    walk(store, store.changeAt, boxes, way);
  };
  const isEnabled = () => store.conflict.value !== null || comparison.isPossible;
  const whyNot = () => t("There is nothing to compare these labels with yet.");
  return [
    {
      name: "next-place",
      label: t("Next difference"),
      keys: ["Alt+ArrowDown"],
      group: "Look",
      run: go(1),
      isEnabled,
      whyNot,
    },
    {
      name: "previous-place",
      label: t("Previous difference"),
      keys: ["Alt+ArrowUp"],
      group: "Look",
      run: go(-1),
      isEnabled,
      whyNot,
    },
  ];
}

/** @param {ActionPorts} ports @returns {Action[]} */
function conflictActions({ store }) {
  const isEnabled = () => store.conflict.value !== null;
  const whyNot = () => t("Nobody else drew on the same pixels.");
  const choose = (/** @type {"mine" | "theirs"} */ choice) => () => {
    const conflict = store.conflict.value;
    conflict?.resolve(choice, conflict.regions[store.conflictAt.value]);
  };
  const chooseAll = (/** @type {"mine" | "theirs"} */ choice) => () => store.conflict.value?.resolve(choice);
  return [
    {
      name: "see-theirs",
      label: t("See theirs, or mine again"),
      keys: ["Alt+C"],
      group: "Look",
      run: () => (store.shownLayer.value = store.shownLayer.value === "theirs" ? "labels" : "theirs"),
      isEnabled,
      whyNot,
    },
    { name: "keep-mine", label: t("Keep mine"), keys: ["Alt+M"], group: "Image", run: choose("mine"), isEnabled, whyNot },
    { name: "take-theirs", label: t("Take theirs"), keys: ["Alt+T"], group: "Image", run: choose("theirs"), isEnabled, whyNot },
    {
      name: "keep-all-mine",
      label: t("All mine"),
      keys: ["Alt+Shift+M"],
      group: "Image",
      run: chooseAll("mine"),
      isEnabled,
      whyNot,
    },
    {
      name: "take-all-theirs",
      label: t("All theirs"),
      keys: ["Alt+Shift+T"],
      group: "Image",
      run: chooseAll("theirs"),
      isEnabled,
      whyNot,
    },
  ];
}
