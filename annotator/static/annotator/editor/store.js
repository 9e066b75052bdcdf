/** @import {ClickPoint, Comment, Conflict, EditorConfig, ImageRecord, Recovery, SaveState, ViewState} from "./types.js" */
/** @import {Change} from "./diff.js" */
import { computed, signal } from "@preact/signals-core";
import { classColors } from "./palettes.js";
import { emptyView } from "./view.js";

/**
 * Everything the editor shows, as signals. Views read it in effects; actions and the session write it.
 * Pixels are not here: `labelsVersion` rises when counts or segments changed, so that lists can follow.
 *
 * @param {EditorConfig} config
 */
export function createStore(config) {
  const classes = config.classes;
  const image = signal(/** @type {ImageRecord | null} */ (config.image));
  const phase = signal(/** @type {"loading" | "ready" | "empty" | "failed"} */ ("loading"));
  const palette = signal(/** @type {"project" | "distinct" | "colour-blind"} */ ("project"));
  const recovery = signal(/** @type {Recovery | null} */ (null));
  const dialog = signal(/** @type {"keys" | "return" | null} */ (null));
  const isLoginWanted = signal(false);
  const isReadOnly = computed(() => !image.value || !image.value.editable || phase.value !== "ready");
  return {
    config,
    classes,
    classById: new Map(classes.map((entry) => [entry.id, entry])),
    image,
    phase,
    /** Why the image could not be opened. */
    failure: signal(""),
    isReadOnly,
    /** Whether what is shown is the prediction, not yet taken over as the image's labels. */
    isPrediction: signal(false),
    toolName: signal(config.mode === "review" ? "pan" : "brush"),
    classId: signal(classes[0]?.id ?? null),
    /** The selected segment; new strokes of a thing class go into it. */
    segmentId: signal(/** @type {number | null} */ (null)),
    brushPx: signal(24),
    brushShape: signal(/** @type {"round" | "square"} */ ("round")),
    isPressureOn: signal(false),
    paintOver: signal(/** @type {"everything" | "unlabelled" | "class" | "stencil"} */ ("everything")),
    /** The class that may be painted over; null: the one where a stroke begins. */
    paintOverClassId: signal(/** @type {number | null} */ (null)),
    tolerance: signal(16),
    isContiguous: signal(true),
    superpixelScale: signal(/** @type {"fine" | "medium" | "coarse"} */ ("medium")),
    polygonMode: signal(/** @type {"add" | "subtract"} */ ("add")),
    lockedClasses: signal(/** @type {Set<number>} */ (new Set())),
    lockedSegments: signal(/** @type {Set<number>} */ (new Set())),
    hiddenSegments: signal(/** @type {Set<number>} */ (new Set())),
    /** Distance of grow and shrink, image pixels. */
    growPx: signal(2),
    /** Parts smaller than this many pixels are specks. */
    specksPixels: signal(64),
    /** What is proposed now, not yet labels; message: what it waits for. */
    proposal: signal(/** @type {Proposal | null} */ (null)),
    /** Clicks that the proposal answers to. */
    clickMarks: signal(/** @type {ClickPoint[]} */ ([])),
    selectedSegments: signal(/** @type {Set<number>} */ (new Set())),
    isolated: signal(/** @type {{kind: "class" | "segment", id: number} | null} */ (null)),
    brightness: signal(0),
    contrast: signal(0),
    gamma: signal(1),
    isHeatShown: signal(false),
    acceptAbove: signal(0.9),
    isMinimapOpen: signal(true),
    areRulersShown: signal(false),
    palette,
    classColors: computed(() => classColors(classes, palette.value)),
    isHatchingOn: signal(false),
    conflict: signal(/** @type {Conflict | null} */ (null)),
    recovery,
    opacity: signal(0.45),
    areLabelsShown: signal(true),
    isContourOnly: signal(false),
    isUnlabelledShown: signal(false),
    hiddenClasses: signal(/** @type {Set<number>} */ (new Set())),
    view: signal(/** @type {ViewState} */ (emptyView())),
    /** Continuous image coordinates of the pointer, for the outline of the brush. */
    cursor: signal({ x: 0, y: 0 }),
    /** Integer pixel under the pointer; null outside the image. */
    pointer: signal(/** @type {{x: number, y: number} | null} */ (null)),
    labelsVersion: signal(0),
    undoLabel: signal(/** @type {string | null} */ (null)),
    redoLabel: signal(/** @type {string | null} */ (null)),
    saveState: signal(/** @type {SaveState} */ ({ kind: "saved", strokes: 0 })),
    /** Finished images that are still on their way to the server. */
    deliveries: signal(0),
    /** Strokes made since the image was opened. */
    strokeCount: signal(0),
    isBusy: signal(false),
    comments: signal(/** @type {Comment[]} */ ([])),
    draftPin: signal(/** @type {{x: number, y: number} | null} */ (null)),
    openCommentId: signal(/** @type {number | null} */ (null)),
    /** Which labelling is drawn; strokes always go into the labels. */
    shownLayer: signal(/** @type {"labels" | "prediction" | "difference"} */ ("labels")),
    /** What the difference is taken against. */
    reference: signal(/** @type {string} */ ("prediction")),
    revisions: signal(/** @type {{number: number, author?: string, created?: string}[]} */ ([])),
    changes: signal(/** @type {Change[]} */ ([])),
    progress: signal(config.progress),
    isPanelOpen: signal(true),
    theme: signal(/** @type {"dark" | "light"} */ ("dark")),
    isSearchingClass: signal(false),
    toasts: signal(/** @type {Toast[]} */ ([])),
    /** The dialog that the user asked for. */
    dialog,
    /** Whether the session has run out and requests wait for a login. */
    isLoginWanted,
    /** Those that the page has to ask come first; what they cover is there again after them. */
    shownDialog: computed(() => (isLoginWanted.value ? "login" : recovery.value ? "recovery" : dialog.value)),
  };
}

/**
 * @typedef {ReturnType<typeof createStore>} Store
 * @typedef {{by: string | null, pixels: number, score: number | null, message: string}} Proposal
 * @typedef {{id: number, tone: "info" | "error", text: string, action?: {label: string, run: () => void}}} Toast
 */
