/** @import {Action, ActionPorts} from "./actions.js" */
/** @import {Store} from "../store.js" */
import { t } from "../i18n.js";
import { readOnlyReason } from "./reasons.js";

/** @param {ActionPorts} ports @returns {Action[]} */
export function labelActions(ports) {
  return [...classActions(ports), ...historyActions(ports), ...proposalActions(ports), ...shieldActions(ports)];
}

/** @param {ActionPorts} ports @returns {Action[]} */
function classActions({ store }) {
  return [
    ...store.classes.map(
      (entry, i) =>
        /** @type {Action} */ ({
          name: `class:${entry.id}`,
          label: entry.name,
          keys: classKeys(entry.shortcut, i),
          group: "Labels",
          run: () => chooseClass(store, entry.id),
        }),
    ),
    {
      name: "search-class",
      label: t("Search a class"),
      keys: ["/"],
      group: "Labels",
      run: () => {
        store.isPanelOpen.value = true;
        store.isSearchingClass.value = true;
      },
    },
    {
      name: "new-object",
      label: t("New object"),
      keys: ["Q"],
      group: "Labels",
      run: () => {
        store.segmentId.value = null;
        store.selectedSegments.value = new Set();
      },
    },
    {
      name: "extend-object",
      label: t("Extend the selected object, with outlines and proposals too"),
      keys: ["Alt+Q"],
      group: "Labels",
      run: () => (store.extendedId.value = store.segmentId.value),
      isEnabled: () => store.segmentId.value !== null && store.classById.get(store.classId.value ?? -1)?.kind === "thing",
      whyNot: () => readOnlyReason(store) || t("Select an object first: Alt-click it, or take it from the list."),
    },
  ];
}

/** @param {ActionPorts} ports @returns {Action[]} */
function historyActions({ store, session }) {
  return [
    {
      name: "undo",
      label: t("Undo"),
      keys: ["Ctrl+Z"],
      group: "Labels",
      run: () => session.document?.undo(),
      isEnabled: () => store.undoLabel.value !== null && !store.isReadOnly.value,
      whyNot: () => readOnlyReason(store) || t("Nothing was done on this image yet."),
    },
    {
      name: "redo",
      label: t("Redo"),
      keys: ["Ctrl+Shift+Z", "Ctrl+Y"],
      group: "Labels",
      run: () => session.document?.redo(),
      isEnabled: () => store.redoLabel.value !== null && !store.isReadOnly.value,
      whyNot: () => readOnlyReason(store) || t("Nothing was undone last."),
    },
    {
      name: "accept-prediction",
      label: t("Accept prediction"),
      keys: ["Enter"],
      group: "Labels",
      run: () => void session.acceptPrediction(),
      isEnabled: () => store.isPrediction.value && !store.isReadOnly.value,
      whyNot: () => readOnlyReason(store) || t("The labels are no prediction that waits to be accepted."),
    },
  ];
}

/**
 * For hands without a keyboard; the tool in use takes Enter and Esc itself.
 * @param {ActionPorts} ports
 * @returns {Action[]}
 */
function proposalActions({ store, pointers }) {
  const isEnabled = () => Boolean(store.proposal.value?.pixels);
  return [
    {
      name: "proposal-accept",
      label: t("Accept the proposal"),
      keys: [],
      group: "Labels",
      run: () => void pointers.key("Enter"),
      isEnabled,
    },
    {
      name: "proposal-dismiss",
      label: t("Dismiss the proposal"),
      keys: [],
      group: "Labels",
      run: () => void pointers.key("Escape"),
      isEnabled,
    },
  ];
}

/**
 * What keeps a class or segment from being painted over, or alone in sight.
 * @param {ActionPorts} ports
 * @returns {Action[]}
 */
function shieldActions({ store, predictionHelp }) {
  return [
    {
      name: "lock",
      label: t("Lock or unlock the selected segment, else the class"),
      keys: ["K"],
      group: "Labels",
      run: () => toggleChosen(store, store.lockedSegments, store.lockedClasses),
    },
    {
      name: "hide",
      label: t("Hide or show the selected segment, else the class"),
      keys: ["Shift+J"],
      group: "Labels",
      run: () => toggleChosen(store, store.hiddenSegments, store.hiddenClasses),
    },
    {
      name: "isolate",
      label: t("Show only the selected segment, else the class"),
      keys: ["J"],
      group: "Labels",
      run: () => {
        const { segmentId, classId, isolated } = store;
        const id = segmentId.value ?? classId.value;
        const kind = segmentId.value === null ? "class" : "segment";
        isolated.value = isolated.value || id === null ? null : { kind, id };
      },
    },
    {
      name: "dismiss",
      label: t("Let go: operation, isolation, dashed outlines, selection"),
      keys: ["Escape"],
      group: "Labels",
      run: () => {
        if (store.task.value) store.task.value.cancel();
        else if (store.isolated.value) store.isolated.value = null;
        else if (store.untaken.value) void predictionHelp.untaken.dismiss();
        else {
          store.segmentId.value = null;
          store.selectedSegments.value = new Set();
        }
      },
    },
  ];
}

/** @typedef {import("@preact/signals-core").Signal<Set<number>>} IdSet */

/** @param {Store} store @param {IdSet} segments @param {IdSet} classes */
function toggleChosen(store, segments, classes) {
  const chosen = [...store.selectedSegments.value];
  const segment = store.segmentId.value;
  if (segment !== null && !chosen.includes(segment)) chosen.push(segment);
  if (chosen.length) toggle(segments, chosen);
  else if (store.classId.value !== null) toggle(classes, [store.classId.value]);
}

/**
 * All of `ids` in, or all out when they were all in.
 * @param {IdSet} set
 * @param {number[]} ids
 */
export function toggle(set, ids) {
  const next = new Set(set.value);
  const areIn = ids.every((id) => next.has(id));
  for (const id of ids) areIn ? next.delete(id) : next.add(id);
  set.value = next;
}

/** @param {Store} store @param {number} id */
export function chooseClass(store, id) {
  store.classId.value = id;
  store.segmentId.value = null;
  store.selectedSegments.value = new Set();
}

/** @param {string | null | undefined} shortcut @param {number} position */
function classKeys(shortcut, position) {
  if (shortcut) return [shortcut.length === 1 ? shortcut.toUpperCase() : shortcut];
  return position < 9 ? [String(position + 1)] : [];
}
