/** @import {Comparison} from "../comparison.js" */
/** @import {Mode} from "../modes/mode.js" */
/** @import {Pointers} from "./pointers.js" */
/** @import {Session} from "../session.js" */
/** @import {Store} from "../store.js" */
import { TOOLS } from "../tools/registry.js";
import { fit, fitBox, pan, zoomAt } from "../view.js";

/**
 * @typedef {object} Action
 * @property {string} name
 * @property {string} label
 * @property {string[]} keys combinations as `comboNames` writes them; the first is shown
 * @property {"Tools" | "Labels" | "View" | "Image" | "Keyboard"} group
 * @property {() => void} run
 * @property {() => boolean} [isEnabled]
 *
 * @typedef {{store: Store, session: Session, comparison: Comparison, mode: Mode, pointers: Pointers}} ActionPorts
 */

const TOOL_KEYS = /** @type {Record<string, string>} */ ({
  brush: "B",
  eraser: "E",
  polygon: "P",
  fill: "G",
  picker: "I",
  pan: "V",
  comment: "C",
});
const WAYS = /** @type {Record<string, [number, number]>} */ ({
  left: [-1, 0],
  right: [1, 0],
  up: [0, -1],
  down: [0, 1],
});
const FAR_PX = 20;
const ZOOM_STEP = 1.5;
const PAN_STEP_CSS_PX = 80;
export const BRUSH_RANGE_PX = { min: 1, max: 512 };

/**
 * Everything that can be done by key, in the order of the shortcut map.
 * @param {ActionPorts} ports
 * @returns {Action[]}
 */
export function createActions(ports) {
  return [...toolActions(ports), ...labelActions(ports), ...viewActions(ports), ...imageActions(ports)];
}

/** @param {ActionPorts} ports @returns {Action[]} */
function toolActions({ store, mode, pointers }) {
  const grow = (/** @type {number} */ by) => () => {
    const step = store.brushPx.value >= 64 ? 8 : store.brushPx.value >= 16 ? 4 : 1;
    store.brushPx.value = clamp(store.brushPx.value + by * step, BRUSH_RANGE_PX.min, BRUSH_RANGE_PX.max);
  };
  return [
    ...mode.tools.map(
      (name) =>
        /** @type {Action} */ ({
          name: `tool:${name}`,
          label: TOOLS[name].label,
          keys: [TOOL_KEYS[name]],
          group: "Tools",
          run: () => (store.toolName.value = name),
          isEnabled: () => !TOOLS[name].writes || !store.isReadOnly.value,
        }),
    ),
    { name: "brush-smaller", label: "Smaller brush", keys: ["["], group: "Tools", run: grow(-1) },
    { name: "brush-bigger", label: "Bigger brush", keys: ["]"], group: "Tools", run: grow(1) },
    ...Object.entries(WAYS).flatMap(
      ([way, [dx, dy]]) =>
        /** @type {Action[]} */ ([
          {
            name: `tool-${way}`,
            label: `Move the tool ${way}`,
            keys: [`Shift+Arrow${capital(way)}`],
            group: "Keyboard",
            run: () => pointers.nudge(dx, dy),
          },
          {
            name: `tool-far-${way}`,
            label: `Move the tool far ${way}`,
            keys: [`Ctrl+Shift+Arrow${capital(way)}`],
            group: "Keyboard",
            run: () => pointers.nudge(dx * FAR_PX, dy * FAR_PX),
          },
        ]),
    ),
    {
      name: "press",
      label: "Press the tool down, or lift it",
      keys: ["."],
      group: "Keyboard",
      run: () => pointers.press(),
    },
    {
      name: "paint-over",
      label: "Paint over everything or unlabelled only",
      keys: ["M"],
      group: "Tools",
      run: () => (store.paintOver.value = store.paintOver.value === "everything" ? "unlabelled" : "everything"),
    },
  ];
}

/** @param {ActionPorts} ports @returns {Action[]} */
function labelActions({ store, session }) {
  return [
    ...store.classes.map(
      (entry, i) =>
        /** @type {Action} */ ({
          name: `class:${entry.id}`,
          label: entry.name,
          keys: classKeys(entry.shortcut, i),
          group: "Labels",
          run: () => {
            store.classId.value = entry.id;
            store.segmentId.value = null;
          },
        }),
    ),
    {
      name: "new-object",
      label: "New object",
      keys: ["N"],
      group: "Labels",
      run: () => (store.segmentId.value = null),
    },
    {
      name: "undo",
      label: "Undo",
      keys: ["Ctrl+Z"],
      group: "Labels",
      run: () => session.document?.undo(),
      isEnabled: () => store.undoLabel.value !== null && !store.isReadOnly.value,
    },
    {
      name: "redo",
      label: "Redo",
      keys: ["Ctrl+Shift+Z", "Ctrl+Y"],
      group: "Labels",
      run: () => session.document?.redo(),
      isEnabled: () => store.redoLabel.value !== null && !store.isReadOnly.value,
    },
    {
      name: "accept-prediction",
      label: "Accept prediction",
      keys: ["A", "Enter"],
      group: "Labels",
      run: () => void session.acceptPrediction(),
      isEnabled: () => store.isPrediction.value && !store.isReadOnly.value,
    },
  ];
}

/** @param {ActionPorts} ports @returns {Action[]} */
function viewActions({ store, session, comparison }) {
  const image = () => store.image.value ?? { width: 1, height: 1 };
  const zoomBy = (/** @type {number} */ factor) => () => {
    const view = store.view.value;
    store.view.value = zoomAt(view, view.width / 2, view.height / 2, view.scale * factor);
  };
  const move = (/** @type {number} */ dx, /** @type {number} */ dy) => () => {
    const step = PAN_STEP_CSS_PX * store.view.value.ratio;
    store.view.value = pan(store.view.value, dx * step, dy * step, image().width, image().height);
  };
  const flip = (/** @type {{value: boolean}} */ signal) => () => (signal.value = !signal.value);
  const show = (/** @type {"prediction" | "difference"} */ layer) => () =>
    (store.shownLayer.value = store.shownLayer.value === layer ? "labels" : layer);
  return [
    {
      name: "fit",
      label: "Fit the image",
      keys: ["0", "F"],
      group: "View",
      run: () => (store.view.value = fit(store.view.value, image().width, image().height)),
    },
    {
      name: "actual-size",
      label: "100 %",
      keys: ["Shift+0", "Ctrl+Alt+0"],
      group: "View",
      run: () => zoomBy(1 / store.view.value.scale)(),
    },
    { name: "zoom-in", label: "Zoom in", keys: ["Plus"], group: "View", run: zoomBy(ZOOM_STEP) },
    { name: "zoom-out", label: "Zoom out", keys: ["Minus"], group: "View", run: zoomBy(1 / ZOOM_STEP) },
    {
      name: "zoom-segment",
      label: "Go to the selected segment",
      keys: ["Z"],
      group: "View",
      run: () => goToSegment(store, session),
      isEnabled: () => store.segmentId.value !== null,
    },
    { name: "left", label: "Move view left", keys: ["ArrowLeft"], group: "View", run: move(1, 0) },
    { name: "right", label: "Move view right", keys: ["ArrowRight"], group: "View", run: move(-1, 0) },
    { name: "up", label: "Move view up", keys: ["ArrowUp"], group: "View", run: move(0, 1) },
    { name: "down", label: "Move view down", keys: ["ArrowDown"], group: "View", run: move(0, -1) },
    { name: "hide-labels", label: "Hide or show labels", keys: ["H"], group: "View", run: flip(store.areLabelsShown) },
    {
      name: "contour",
      label: "Contour only (on the image)",
      keys: ["Tab"],
      group: "View",
      run: flip(store.isContourOnly),
    },
    {
      name: "unlabelled",
      label: "Hatch what is unlabelled",
      keys: ["U"],
      group: "View",
      run: flip(store.isUnlabelledShown),
    },
    {
      name: "show-prediction",
      label: "Show the prediction",
      keys: ["O"],
      group: "View",
      run: show("prediction"),
      isEnabled: () => comparison.isPossible && Boolean(store.image.value?.prediction),
    },
    {
      name: "show-difference",
      label: "Show what was changed",
      keys: ["D"],
      group: "View",
      run: show("difference"),
      isEnabled: () => comparison.isPossible,
    },
    { name: "panel", label: "Hide or show the panel", keys: ["\\"], group: "View", run: flip(store.isPanelOpen) },
    {
      name: "shortcuts",
      label: "All shortcuts",
      keys: ["?"],
      group: "View",
      run: () => (store.dialog.value = "shortcuts"),
    },
  ];
}

/** @param {ActionPorts} ports @returns {Action[]} */
function imageActions({ store, session, mode }) {
  const isOpen = () => store.phase.value === "ready" && !store.isBusy.value;
  /** @type {Action[]} */
  const common = [
    { name: "save", label: "Save now", keys: ["Ctrl+S"], group: "Image", run: () => void session.saveAll() },
    { name: "next", label: "Next image", keys: ["Ctrl+ArrowRight"], group: "Image", run: () => void session.next() },
  ];
  if (mode.name === "annotate") {
    return [
      {
        name: "submit",
        label: "Submit and go on",
        keys: ["Ctrl+Enter"],
        group: "Image",
        run: () => void session.finish("submit"),
        isEnabled: () => isOpen() && !store.isReadOnly.value,
      },
      ...common,
    ];
  }
  const isReviewable = () => isOpen() && store.image.value?.state === "submitted";
  return [
    {
      name: "accept",
      label: "Accept",
      keys: ["Ctrl+Enter"],
      group: "Image",
      run: () => void session.finish("accept"),
      isEnabled: isReviewable,
    },
    {
      name: "return",
      label: "Return to the annotator",
      keys: ["R"],
      group: "Image",
      run: () => (store.dialog.value = "return"),
      isEnabled: isReviewable,
    },
    {
      name: "reopen",
      label: "Reopen an accepted image",
      keys: ["Shift+R"],
      group: "Image",
      run: () => void session.reopen(),
      isEnabled: () => isOpen() && store.image.value?.state === "accepted",
    },
    ...common,
  ];
}

/** @param {string | null | undefined} shortcut @param {number} position */
function classKeys(shortcut, position) {
  if (shortcut) return [shortcut.length === 1 ? shortcut.toUpperCase() : shortcut];
  return position < 9 ? [String(position + 1)] : [];
}

/** @param {Store} store @param {Session} session */
function goToSegment(store, session) {
  const map = session.document?.map;
  const id = store.segmentId.value;
  if (!map || id === null) return;
  const box = { x0: Infinity, y0: Infinity, x1: -1, y1: -1 };
  map.tiles.forEach((tile, index) => {
    if (!tile?.includes(id)) return;
    const [left, top] = [(index % map.tilesX) * 256, Math.floor(index / map.tilesX) * 256];
    for (let p = 0; p < tile.length; p++) {
      if (tile[p] !== id) continue;
      const [x, y] = [left + (p & 255), top + (p >> 8)];
      box.x0 = Math.min(box.x0, x);
      box.x1 = Math.max(box.x1, x + 1);
      box.y0 = Math.min(box.y0, y);
      box.y1 = Math.max(box.y1, y + 1);
    }
  });
  if (box.x1 > 0) store.view.value = fitBox(store.view.value, box);
}

/** @param {string} word */
function capital(word) {
  return word[0].toUpperCase() + word.slice(1);
}

/** @param {number} value @param {number} low @param {number} high */
function clamp(value, low, high) {
  return Math.min(Math.max(value, low), high);
}
