/** @import {DecodedLabels, ImageRecord} from "./types.js" */
/** @import {Api} from "./api.js" */
/** @import {Drafts} from "./draft.js" */
/** @import {Editing} from "./editing.js" */
/** @import {Mode} from "./modes/mode.js" */
/** @import {Prefetch} from "./prefetch.js" */
/** @import {Store, Toast} from "./store.js" */
/** @import {LabelWorker} from "./worker/client.js" */
/** @import {ImageChunk} from "./renderer/palette.js" */
import { ApiError } from "./api.js";
import { LabelDocument } from "./document.js";
import { Sync } from "./sync.js";
import { TOOLS } from "./tools/registry.js";

/**
 * @typedef {object} SessionPorts
 * @property {Store} store
 * @property {Api} api
 * @property {LabelWorker} worker
 * @property {Drafts} drafts
 * @property {Prefetch} prefetch
 * @property {Editing} editing
 * @property {Mode} mode
 * @property {(opened: {document: LabelDocument, chunks: ImageChunk[]}) => void} show
 */

/** A stroke is saved within two seconds, whatever the server's setting. */
const LONGEST_SAVE_DELAY_MS = 1_500;
const TOAST_MS = 7_000;
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
    this.lastToast = 0;
    /** @type {string | null} */
    this.toolPutAway = null;
  }

  /**
   * @param {ImageRecord} image
   * @param {"push" | "replace" | "none"} [address] what happens to the address bar
   */
  async open(image, address = "none") {
    const { store, api, worker, prefetch } = this.ports;
    this.leave();
    store.phase.value = "loading";
    store.image.value = image;
    this.setAddress(image, address);
    const usePrediction = image.revision === 0 && image.prediction !== null;
    try {
      const [picture, labels] = await Promise.all([
        prefetch.take(image.id),
        api.labels(image.id, usePrediction ? "prediction" : "head"),
      ]);
      const decoded = await worker.decode(labels.tiff);
      if (store.image.value?.id !== image.id) return;
      if (picture.width !== decoded.width || picture.height !== decoded.height) {
        throw new Error(
          `The image is ${picture.width} × ${picture.height} pixels, its labels ${decoded.width} × ${decoded.height}.`,
        );
      }
      await this.start(image, decoded, {
        revision: usePrediction ? 0 : labels.revision,
        isPrediction: usePrediction,
        chunks: picture.chunks,
      });
    } catch (error) {
      store.failure.value = error instanceof Error ? error.message : String(error);
      store.phase.value = "failed";
    }
  }

  /**
   * @param {ImageRecord} image @param {DecodedLabels} decoded
   * @param {{revision: number, isPrediction: boolean, chunks: ImageChunk[]}} opened
   */
  async start(image, decoded, { revision, isPrediction, chunks }) {
    const { store, editing, show } = this.ports;
    const document = new LabelDocument(decoded, {
      changed: () => this.refresh(),
      edited: (before) => this.sync?.record(before),
    });
    this.document = document;
    editing.document = document;
    this.sync = this.createSync(document, image, revision, isPrediction);
    store.isPrediction.value = isPrediction;
    this.chooseTool(image.editable);
    store.segmentId.value = null;
    store.strokeCount.value = 0;
    store.shownLayer.value = "labels";
    store.saveState.value = { kind: "saved", strokes: 0 };
    show({ document, chunks });
    this.refresh();
    store.phase.value = "ready";
    await this.restoreDrafts();
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
    const { store, api, worker, drafts } = this.ports;
    return new Sync(
      {
        api,
        codec: worker,
        drafts,
        classes: store.classes,
        saveDelayMs: Math.min(1000 * (store.config.autosave_seconds ?? 1), LONGEST_SAVE_DELAY_MS),
        onState: (state) => (store.saveState.value = state),
        onAccepted: (accepted) => {
          store.image.value = accepted;
          store.isPrediction.value = false;
        },
        onSaved: (saved) => void this.noteSave(image.id, saved),
        onMerged: (contested, theirRevision) => this.tellMerge(contested, theirRevision),
        onDraftFailed: () =>
          this.toast("This browser cannot keep unsaved strokes; do not close the page before “saved”.", "error"),
      },
      { imageId: image.id, revision, isPrediction, document },
    );
  }

  /** @param {number} contestedPixels @param {number} theirRevision */
  tellMerge(contestedPixels, theirRevision) {
    const { store } = this.ports;
    if (!contestedPixels)
      return this.toast("Someone else changed this image. Their work was taken in and yours was kept.");
    this.toast(
      `Someone else changed this image. Where you both drew (${contestedPixels} pixels), yours stands.`,
      "info",
      {
        label: "Compare",
        run: () => {
          store.revisions.value = [
            ...store.revisions.value.filter(({ number }) => number !== theirRevision),
            { number: theirRevision },
          ];
          store.reference.value = `revision:${theirRevision}`;
          store.shownLayer.value = "difference";
        },
      },
    );
  }

  /**
   * The first save moves an image on to its next state; what that is, the server says.
   * @param {number} id
   * @param {number} revision
   */
  async noteSave(id, revision) {
    const { store, api } = this.ports;
    const image = store.image.value;
    if (image?.id !== id) return;
    if (STATES_THAT_A_SAVE_KEEPS.has(image.state)) store.image.value = { ...image, revision };
    else
      await this.attempt(async () => {
        const current = await api.image(id);
        if (store.image.value?.id === id) store.image.value = current;
      });
  }

  /** Brings signals that follow the labels up to date. */
  refresh() {
    const { store } = this.ports;
    const history = this.document?.history;
    store.undoLabel.value = history?.done.at(-1)?.label ?? null;
    store.redoLabel.value = history?.undone.at(-1)?.label ?? null;
    store.labelsVersion.value++;
  }

  async restoreDrafts() {
    const { store, drafts } = this.ports;
    const [image, sync] = [store.image.value, this.sync];
    if (!image?.editable || !sync) return;
    let tiles = 0;
    try {
      for (const draft of await drafts.orphans(image.id)) tiles += await sync.restore(draft);
    } catch (error) {
      this.toast(
        `Strokes kept in this browser could not be read: ${error instanceof Error ? error.message : error}`,
        "error",
      );
    }
    if (tiles) this.toast("Strokes that had not reached the server last time were put back.");
  }

  /** @param {number} id */
  async loadComments(id) {
    const { store, api } = this.ports;
    await this.attempt(async () => {
      const comments = await api.comments(id);
      if (store.image.value?.id === id) store.comments.value = comments;
    });
  }

  /** @param {ImageRecord} image */
  lookAhead(image) {
    const { mode, prefetch } = this.ports;
    prefetch.lookAhead(image.project, mode.queueStates, image.id).catch((error) => {
      console.info("The next image was not fetched ahead:", error.message);
    });
  }

  /** Lets the open image go; what is unsaved goes on being saved, and stays in the draft until it is. */
  leave() {
    const { sync } = this;
    const { store } = this.ports;
    store.comments.value = [];
    store.draftPin.value = null;
    store.openCommentId.value = null;
    if (sync?.hasUnsaved) void sync.flush().finally(() => sync.close());
    else sync?.close();
    this.document = null;
    this.sync = null;
    this.ports.editing.document = null;
    this.refresh();
  }

  /** Claims the next image of the queue and opens it; the one that is open goes back to the queue. */
  async next() {
    const { store, api, mode } = this.ports;
    await this.attempt(async () => {
      if (this.sync?.hasUnsaved && !(await this.saveAll())) return;
      const image = await api.next(store.config.project.id, mode.purpose, store.image.value?.id);
      if (image) return this.open(image, "push");
      this.leave();
      store.image.value = null;
      store.phase.value = "empty";
    });
  }

  /**
   * Saves, then moves the image to its next state, then opens the next one.
   * @param {"submit" | "accept" | "return"} verb
   * @param {unknown} [body]
   */
  async finish(verb, body) {
    const { store, api } = this.ports;
    const image = store.image.value;
    if (!image || store.isBusy.value) return;
    store.isBusy.value = true;
    await this.attempt(async () => {
      if (!(await this.saveAll())) return;
      await api.act(image.id, verb, body);
      const { done, total } = store.progress.value;
      if (verb !== "return") store.progress.value = { done: Math.min(done + 1, total), total };
      await this.next();
    });
    store.isBusy.value = false;
  }

  /** @returns {Promise<boolean>} whether the server has everything; says so to the user when not */
  async saveAll() {
    const { store } = this.ports;
    const isSaved = await (store.isPrediction.value ? this.sync?.acceptPrediction() : this.sync?.flush());
    if (isSaved === false) {
      const { kind, detail } = store.saveState.value;
      this.toast(
        kind === "offline"
          ? "The server cannot be reached. Your strokes are kept here; try again when the connection is back."
          : `Not saved: ${detail}`,
        "error",
      );
    }
    return isSaved !== false;
  }

  async acceptPrediction() {
    const { store } = this.ports;
    if (!store.isPrediction.value || store.isReadOnly.value) return;
    if (await this.saveAll()) this.toast("Prediction accepted as the labels of this image.");
  }

  async reopen() {
    const { store, api } = this.ports;
    const image = store.image.value;
    if (!image) return;
    await this.attempt(async () => {
      await this.open(await api.act(image.id, "reopen"));
    });
  }

  /**
   * Runs something that may fail on the way to the server, and says what went wrong.
   * @param {() => Promise<unknown>} work
   */
  async attempt(work) {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.toast(error instanceof ApiError ? error.message : `The server cannot be reached: ${error.message}`, "error");
    }
  }

  /** @param {string} text @param {Toast["tone"]} [tone] @param {Toast["action"]} [action] */
  toast(text, tone = "info", action) {
    const { toasts } = this.ports.store;
    if (toasts.value.some((shown) => shown.text === text)) return;
    const id = ++this.lastToast;
    toasts.value = [...toasts.value, { id, tone, text, action }];
    setTimeout(() => this.dismiss(id), TOAST_MS);
  }

  /** @param {number} id */
  dismiss(id) {
    const { toasts } = this.ports.store;
    toasts.value = toasts.value.filter((toast) => toast.id !== id);
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
