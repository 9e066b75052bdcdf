/** @import {ImageRecord} from "./types.js" */
/** @import {Api} from "./api.js" */
/** @import {Drafts} from "./draft.js" */
/** @import {Editing} from "./editing.js" */
/** @import {Mode} from "./modes/mode.js" */
/** @import {Choices} from "./choices.js" */
/** @import {Delivery} from "./delivery.js" */
/** @import {Loaded, Prefetch} from "./prefetch.js" */
/** @import {Notices} from "./notices.js" */
/** @import {Store} from "./store.js" */
/** @import {LabelWorker} from "./worker/client.js" */
/** @import {Picture} from "./picture.js" */
import { batch } from "@preact/signals-core";
import { ApiError } from "./api.js";
import { LabelDocument } from "./document.js";
import { t } from "./i18n.js";
import { SERVER } from "./notices.js";
import { followStep } from "./selection.js";
import { Sync } from "./sync.js";
import { TOOLS } from "./tools/registry.js";

/**
 * @typedef {{document: LabelDocument, sync: Sync}} Opened
 *
 * @typedef {object} SessionPorts
 * @property {Store} store
 * @property {Api} api
 * @property {LabelWorker} worker
 * @property {Drafts} drafts
 * @property {Prefetch<Picture>} prefetch
 * @property {Delivery} delivery
 * @property {Notices} notices
 * @property {Choices} choices
 * @property {() => void} endGesture finishes the stroke in progress and drops an outline in the making
 * @property {Editing} editing
 * @property {Mode} mode
 * @property {(opened: {document: LabelDocument, picture: Picture}) => void} show
 */

/** HTTP: somebody else holds the claim. */
const LOCKED = 423;
const STATES_THAT_A_SAVE_KEEPS = new Set(["in_progress", "submitted"]);

/** One sitting: opens images, saves them, hands them on, and takes the next one. */
export class Session {
  /** @param {SessionPorts} ports */
  constructor(ports) {
    this.ports = ports;
    /** @type {LabelDocument | null} */
    this.document = null;
    /** @type {Sync | null} */
    this.sync = null;
    /** @type {string | null} */
    this.toolPutAway = null;
    /** Rises with every image that is opened, so that a late answer knows that it is late. */
    this.openings = 0;
  }

  /** The worker's copy of the open labels. */
  get mirror() {
    return this.document?.mirror ?? null;
  }

  /**
   * @param {ImageRecord} image
   * @param {"push" | "replace" | "none"} [address] what happens to the address bar
   */
  async open(image, address = "none") {
    const { store, prefetch } = this.ports;
    const opening = ++this.openings;
    this.leave();
    this.ports.notices.clear(`image ${image.id}`);
    store.phase.value = "loading";
    store.image.value = image;
    this.setAddress(image, address);
    try {
      const loaded = await prefetch.take(image);
      if (opening === this.openings) this.start(loaded);
      else prefetch.discard(loaded);
    } catch (error) {
      if (opening === this.openings) this.fail(error);
    }
  }

  /**
   * Opens an image that is loaded already in place of the open one.
   * @param {Loaded<Picture>} loaded
   * @param {(left: Opened | null) => void} seeTo gets what was open, whatever comes of the new one
   */
  exchange(loaded, seeTo) {
    this.openings++;
    seeTo(this.letGo());
    this.setAddress(loaded.image, "push");
    try {
      this.start(loaded);
    } catch (error) {
      this.ports.store.image.value = loaded.image;
      this.fail(error);
    }
  }

  /** @param {unknown} error why an image cannot be shown */
  fail(error) {
    const { store } = this.ports;
    store.failure.value = error instanceof Error ? error.message : String(error);
    store.phase.value = "failed";
  }

  /** @param {Loaded<Picture>} loaded */
  start(loaded) {
    const { image, picture, decoded, mirror, revision, isPrediction } = loaded;
    refuseOtherSize(picture, decoded);
    const { store, editing, choices, show } = this.ports;
    const document = new LabelDocument(decoded, mirror, {
      changed: () => this.refresh(),
      edited: (deltas) => sync.record(deltas),
      stepped: (entry, side) => followStep(store, document, entry, side),
    });
    const sync = this.createSync(document, image, revision, isPrediction);
    // One turn for all who follow the image: none of them sees the new one with the document of the one before.
    batch(() => {
      this.document = document;
      this.sync = sync;
      editing.document = document;
      store.image.value = image;
      store.isPrediction.value = isPrediction;
      this.chooseTool(image.editable);
      store.segmentId.value = null;
      store.selectedSegments.value = new Set();
      store.strokeCount.value = 0;
      store.shownLayer.value = "labels";
      store.saveState.value = { kind: "saved", strokes: 0 };
      show({ document, picture });
      this.refresh();
      store.phase.value = "ready";
    });
    if (image.editable) void choices.offerDrafts({ imageId: image.id, document, sync });
    void this.loadComments(image.id);
    this.lookAhead(image);
  }

  /** Puts a drawing tool away while an image is read-only, and back after it. @param {boolean} isEditable */
  chooseTool(isEditable) {
    const { toolName } = this.ports.store;
    if (!isEditable && TOOLS[toolName.value].writes) {
      this.toolPutAway = toolName.value;
      toolName.value = "pan";
    } else if (isEditable && this.toolPutAway) {
      toolName.value = this.toolPutAway;
      this.toolPutAway = null;
    }
  }

  /**
   * @param {LabelDocument} document
   * @param {ImageRecord} image
   * @param {number} revision
   * @param {boolean} isPrediction
   */
  createSync(document, image, revision, isPrediction) {
    const { store, api, worker, drafts, choices } = this.ports;
    const isOpen = () => this.document === document;
    return new Sync(
      {
        api,
        decode: (buffer) => worker.decode(buffer),
        draft: drafts.open(image.id),
        classes: store.classes,
        onState: (state) => {
          if (!isOpen()) return;
          store.saveState.value = state;
          if (state.kind === "saved") this.ports.notices.clear("draft");
        },
        onAccepted: (accepted) => {
          if (!isOpen()) return;
          store.image.value = accepted;
          store.isPrediction.value = false;
        },
        onSaved: (saved) => void this.noteSave(image.id, saved),
        onMerged: (contested, theirRevision) => {
          const { sync } = this;
          if (isOpen() && sync) void choices.tellMerge({ imageId: image.id, document, sync }, contested, theirRevision);
        },
        onDraftFailed: () =>
          this.ports.notices.tell(
            t("This browser cannot keep unsaved strokes; do not close the page before it says “saved”."),
            "error",
            undefined,
            "draft",
          ),
      },
      { imageId: image.id, revision, isPrediction, document, model: image.prediction?.model },
    );
  }

  /**
   * The first save moves an image on to its next state; what that is, the server says.
   * @param {number} id
   * @param {number} revision
   */
  async noteSave(id, revision) {
    const { store } = this.ports;
    const image = store.image.value;
    if (image?.id !== id) return;
    if (STATES_THAT_A_SAVE_KEEPS.has(image.state)) store.image.value = { ...image, revision };
    else await this.ports.notices.attempt(() => this.reread(id));
  }

  /** What the server says of the open image now. @param {number} id */
  async reread(id) {
    const { store, api } = this.ports;
    const current = await api.image(id);
    if (store.image.value?.id === id) store.image.value = current;
  }

  /** Brings signals that follow the labels up to date. */
  refresh() {
    const { store } = this.ports;
    const history = this.document?.history;
    store.undoLabel.value = history?.done.at(-1)?.label ?? null;
    store.redoLabel.value = history?.undone.at(-1)?.label ?? null;
    store.labelsVersion.value++;
  }

  /** @param {number} id */
  async loadComments(id) {
    const { store, api } = this.ports;
    await this.ports.notices.attempt(async () => {
      const comments = await api.comments(id);
      if (store.image.value?.id === id) store.comments.value = comments;
    });
  }

  /** @param {ImageRecord} image */
  lookAhead(image) {
    const { mode, prefetch, notices } = this.ports;
    if (!image.editable && mode.name === "annotate") return;
    prefetch.lookAhead(image, mode.purpose).catch((error) => {
      // The open image went to somebody else meanwhile: strokes on it, and finishing it, would be refused.
      if (error instanceof ApiError && error.status === LOCKED) {
        notices.tell(error.message, "error", undefined, "claim");
        void notices.attempt(() => this.reread(image.id));
      } else console.info("The next image was not fetched ahead:", error.message);
    });
  }

  /**
   * Lets the open image go, after the stroke in progress.
   * @returns {Opened | null} of which the caller sees to that it is saved
   */
  letGo() {
    const { document, sync } = this;
    const { store, endGesture } = this.ports;
    endGesture();
    document?.finishStep();
    store.comments.value = [];
    store.draftPin.value = null;
    store.openCommentId.value = null;
    this.ports.choices.forget();
    this.ports.notices.clear("draft", "claim", "refusal", "finish");
    this.document = null;
    this.sync = null;
    this.ports.editing.document = null;
    this.refresh();
    if (!document || !sync) return null;
    sync.isUnwatched = true;
    return { document, sync };
  }

  /** Leaves the open image; what is unsaved goes on being saved, and stays in the draft until it is. */
  leave() {
    const image = this.ports.store.image.value;
    const left = this.letGo();
    if (left && image) void this.seeTo(image, left, (sync) => this.ports.delivery.save(sync));
  }

  /**
   * Follows an image that is no longer on the screen until the server has it.
   * @param {ImageRecord} image @param {Opened} left
   * @param {(sync: Sync) => Promise<void>} work
   * @returns {Promise<boolean>} whether that worked; tells the user when not
   */
  async seeTo(image, { document, sync }, work) {
    const { api, notices } = this.ports;
    try {
      await work(sync);
      return true;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      notices.tell(
        t("{name} stays as it was, with every stroke kept: {reason}", { name: image.name, reason: error.message }),
        "error",
        {
          label: t("Open it"),
          run: () => void notices.attempt(async () => this.open(await api.image(image.id), "push")),
        },
        `image ${image.id}`,
      );
      return false;
    } finally {
      sync.close();
      document.mirror.close();
    }
  }

  /** Claims the next image of the queue and opens it; the one that is open goes back to the queue. */
  async next() {
    const { isBusy } = this.ports.store;
    if (isBusy.value) return;
    isBusy.value = true;
    try {
      this.ports.endGesture();
      await this.ports.notices.attempt(async () => {
        if (!this.sync?.hasUnsaved || (await this.save())) await this.openNext();
      });
    } finally {
      isBusy.value = false;
    }
  }

  async openNext() {
    const { store, api, mode } = this.ports;
    const image = await api.next(store.config.project.id, mode.purpose, store.image.value?.id);
    if (image) return this.open(image, "push");
    this.leave();
    store.image.value = null;
    store.phase.value = "empty";
  }

  /** @returns {Promise<boolean>} whether the server has every stroke; says so to the user when not */
  save() {
    return this.tellUnsaved(this.sync?.flush());
  }

  /** The same, and where a prediction is shown it becomes the labels. */
  saveAll() {
    return this.tellUnsaved(this.sync?.acceptPrediction());
  }

  /** @param {Promise<boolean> | undefined} saving */
  async tellUnsaved(saving) {
    const isSaved = await saving;
    if (isSaved !== false) return true;
    // A refusal stands in its strip.
    if (this.ports.store.saveState.value.kind === "offline")
      this.ports.notices.tell(
        t("The server cannot be reached. Your strokes are kept here; try again when the connection is back."),
        "error",
        undefined,
        SERVER,
      );
    return false;
  }

  async acceptPrediction() {
    const { store } = this.ports;
    if (!store.isPrediction.value || store.isReadOnly.value) return;
    if (await this.saveAll()) this.ports.notices.tell(t("Prediction accepted as the labels of this image."));
  }

  async reopen() {
    const { store, api } = this.ports;
    const image = store.image.value;
    if (!image) return;
    await this.ports.notices.attempt(async () => {
      await this.open(await api.act(image.id, "reopen"));
    });
  }

  /** @param {ImageRecord} image @param {"push" | "replace" | "none"} address */
  setAddress(image, address) {
    const { store, mode } = this.ports;
    const url = mode.urlOf(store.config.urls, image.id);
    if (address === "push" && location.pathname !== url) history.pushState({ image: image.id }, "", url);
    if (address === "replace") history.replaceState({ image: image.id }, "", url);
    document.title = `${image.name} · ${store.config.project.name}`;
  }
}

/**
 * @param {{width: number, height: number}} picture @param {{width: number, height: number}} labels
 * @throws {Error} where they are not of one size
 */
function refuseOtherSize(picture, labels) {
  if (picture.width === labels.width && picture.height === labels.height) return;
  throw new Error(
    t("The image is {width} × {height} pixels, its labels {labelWidth} × {labelHeight}.", {
      width: picture.width,
      height: picture.height,
      labelWidth: labels.width,
      labelHeight: labels.height,
    }),
  );
}
