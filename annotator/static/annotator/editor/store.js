/** @import {ClickPoint, Comment, Conflict, EditorConfig, ImageRecord, Recovery, SaveState, ViewState} from "./types.js" */
/** @import {StrokeMark} from "./types.js" */
/** @import {Change} from "./diff.js" */
/** @import {RevisionRow} from "./revision_words.js" */
/** @import {Task} from "./task.js" */
/** @import {Untaken} from "./untaken.js" */
import { computed, signal } from "@preact/signals-core";
import { classColors, classHatches } from "./palettes.js";
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
  const isHatchingOn = signal(false);
  const recovery = signal(/** @type {Recovery | null} */ (null));
  const dialog = signal(/** @type {"keys" | "return" | "empty" | null} */ (null));
  const isLoginWanted = signal(false);
  const isReadOnly = computed(() => !image.value || !image.value.editable || phase.value !== "ready");
  return {
    config,
    classes,
    classById: new Map(classes.map((entry) => [entry.id, entry])),
    image,
    phase,
    /** Whether the open image has been drawn since it was opened. */
    isDrawn: signal(false),
    /** Why the image could not be opened. */
    failure: signal(""),
    isReadOnly,
    /** Whether what is shown is the prediction, not yet taken over as the image's labels. */
    isPrediction: signal(false),
    toolName: signal(config.mode === "review" ? "pan" : "brush"),
    classId: signal(classes[0]?.id ?? null),
    /** The selected segment; what paints goes on with it. */
    segmentId: signal(/** @type {number | null} */ (null)),
    /** The selected object that outlines and proposals extend too; while another is selected they begin new ones. */
    extendedId: signal(/** @type {number | null} */ (null)),
    brushPx: signal(24),
    brushShape: signal(/** @type {"round" | "square"} */ ("round")),
    isPressureOn: signal(false),
    paintOver: signal(/** @type {import("./write_mode.js").PaintOver} */ ("everything")),
    /** The class that may be painted over; null: the one where a stroke begins. */
    paintOverClassId: signal(/** @type {number | null} */ (null)),
    tolerance: signal(6),
    isContiguous: signal(true),
    /** Side of the square whose mean colour the wand looks for. */
    samplePx: signal(/** @type {1 | 3 | 5} */ (3)),
    /** Holes and specks of fewer pixels that the wand smooths away. */
    grainPixels: signal(/** @type {0 | 100 | 1000} */ (100)),
    superpixelScale: signal(/** @type {"fine" | "medium" | "coarse"} */ ("medium")),
    polygonMode: signal(/** @type {"add" | "subtract"} */ ("add")),
    lockedClasses: signal(/** @type {Set<number>} */ (new Set())),
    lockedSegments: signal(/** @type {Set<number>} */ (new Set())),
    hiddenSegments: signal(/** @type {Set<number>} */ (new Set())),
    /** Distance of grow and shrink, image pixels. */
    growPx: signal(2),
    /** Parts smaller than this many pixels are specks. */
    specksPixels: signal(64),
    /** What is proposed now, not yet labels; message: what it waits for since then, or why there is nothing. */
    proposal: signal(/** @type {Proposal | null} */ (null)),
    /** Whether it will be taken away where outlines add, and the other way round. */
    isProposalInverted: signal(false),
    /** What takes its time on the labels now; others of its kind wait for it. */
    task: signal(/** @type {Task | null} */ (null)),
    /** Predicted segments that were not taken over, while their outlines are shown. */
    untaken: signal(/** @type {Untaken | null} */ (null)),
    /** Clicks, and strokes, that the proposal answers to. */
    clickMarks: signal(/** @type {(ClickPoint & Partial<StrokeMark>)[]} */ ([])),
    selectedSegments: signal(/** @type {Set<number>} */ (new Set())),
    isolated: signal(/** @type {{kind: "class" | "segment", id: number} | null} */ (null)),
    /** Whether pixels of the image that are magnified run into each other. */
    isSmooth: signal(false),
    brightness: signal(0),
    contrast: signal(0),
    gamma: signal(1),
    isHeatShown: signal(false),
    acceptAbove: signal(0.9),
    isMinimapOpen: signal(true),
    areRulersShown: signal(false),
    palette,
    classColors: computed(() => classColors(classes, palette.value)),
    isHatchingOn,
    classHatches: computed(() => classHatches(classes, palette.value, isHatchingOn.value)),
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
    shownLayer: signal(/** @type {"labels" | "prediction" | "difference" | "theirs"} */ ("labels")),
    /** What the difference is taken against. */
    reference: signal(/** @type {string} */ ("prediction")),
    /** What of the image's revisions the labels can be compared with, the newest first. */
    revisions: signal(/** @type {RevisionRow[]} */ ([])),
    /** Places that differ, the largest first, and how many there are with those that are not among them. */
    changes: signal(/** @type {Change[]} */ ([])),
    changeCount: signal(0),
    /** Pixels that differ: added, removed, changed. */
    changedPixels: signal(/** @type {[number, number, number]} */ ([0, 0, 0])),
    /** Which of the changes is looked at; -1 for none yet. */
    changeAt: signal(-1),
    conflictAt: signal(0),
    progress: signal(config.progress),
    isPanelOpen: signal(true),
    /** Width of the panel in CSS pixels; 0 for as wide as suits the window. */
    panelPx: signal(0),
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
 * @typedef {object} Proposal
 * @property {string | null} by
 * @property {number} pixels
 * @property {number | null} score
 * @property {string} message
 * @property {number | null} since performance.now() when the waiting began; null where nothing is waited for
 * @typedef {{id: number, tone: "info" | "error", text: string, action?: {label: string, run: () => void}, source?: string}} Toast
 */
