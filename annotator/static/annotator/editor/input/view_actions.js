/** @import {Action, ActionPorts} from "./actions.js" */
/** @import {Session} from "../session.js" */
/** @import {Store} from "../store.js" */
import { t } from "../i18n.js";
import { fit, fitBox, pan } from "../view.js";
import { Anchor } from "./anchor.js";

const ZOOM_STEP = 1.5;
const PAN_STEP_CSS_PX = 80;

/** Where one looks. @param {ActionPorts} ports @returns {Action[]} */
export function viewActions(ports) {
  return [...zoomActions(ports), ...panActions(ports), ...chromeActions(ports)];
}

/** @param {ActionPorts} ports @returns {Action[]} */
function zoomActions({ store, session }) {
  const anchor = new Anchor();
  const zoomBy = (/** @type {number} */ factor) => () => {
    const view = store.view.value;
    const image = store.image.value;
    if (image) store.view.value = anchor.zoom(view, view.width / 2, view.height / 2, view.scale * factor, image);
  };
  return [
    {
      name: "fit",
      label: t("Fit the image"),
      keys: ["0", "F"],
      group: "View",
      run: () => {
        const image = store.image.value;
        if (image) store.view.value = fit(store.view.value, image.width, image.height);
      },
    },
    {
      name: "actual-size",
      label: t("100 %"),
      keys: ["Shift+0", "Ctrl+Alt+0"],
      group: "View",
      run: () => zoomBy(1 / store.view.value.scale)(),
    },
    { name: "zoom-in", label: t("Zoom in"), keys: ["Plus"], group: "View", run: zoomBy(ZOOM_STEP) },
    { name: "zoom-out", label: t("Zoom out"), keys: ["Minus"], group: "View", run: zoomBy(1 / ZOOM_STEP) },
    {
      name: "zoom-segment",
      label: t("Go to the selected segment"),
      keys: ["Z"],
      group: "View",
      run: () => void goToSegment(store, session),
      isEnabled: () => store.segmentId.value !== null,
      whyNot: () => t("Select a segment first: pick it on the image or in the list."),
    },
  ];
}

/** @param {ActionPorts} ports @returns {Action[]} */
function panActions({ store }) {
  const move = (/** @type {number} */ dx, /** @type {number} */ dy) => () => {
    const { width, height } = store.image.value ?? { width: 1, height: 1 };
    const step = PAN_STEP_CSS_PX * store.view.value.ratio;
    store.view.value = pan(store.view.value, dx * step, dy * step, width, height);
  };
  return [
    { name: "left", label: t("Move view left"), keys: ["ArrowLeft"], group: "View", run: move(1, 0) },
    { name: "right", label: t("Move view right"), keys: ["ArrowRight"], group: "View", run: move(-1, 0) },
    { name: "up", label: t("Move view up"), keys: ["ArrowUp"], group: "View", run: move(0, 1) },
    { name: "down", label: t("Move view down"), keys: ["ArrowDown"], group: "View", run: move(0, -1) },
  ];
}

/** @param {ActionPorts} ports @returns {Action[]} */
function chromeActions({ store }) {
  const flip = (/** @type {{value: boolean}} */ signal) => () => (signal.value = !signal.value);
  return [
    { name: "panel", label: t("Hide or show the panel"), keys: ["\\"], group: "View", run: flip(store.isPanelOpen) },
    {
      name: "minimap",
      label: t("Hide or show the mini-map"),
      keys: ["Shift+N"],
      group: "View",
      run: flip(store.isMinimapOpen),
    },
    {
      name: "rulers",
      label: t("Rulers of coordinates"),
      keys: ["Shift+G"],
      group: "View",
      run: flip(store.areRulersShown),
    },
    { name: "keys", label: t("All keys"), keys: ["?"], group: "View", run: () => (store.dialog.value = "keys") },
  ];
}

/** @param {Store} store @param {Session} session */
async function goToSegment(store, session) {
  const { document } = session;
  const id = store.segmentId.value;
  if (!document || id === null) return;
  const box = await document.mirror.run("boxOf", { id });
  if (box && session.document === document) store.view.value = fitBox(store.view.value, box);
}
