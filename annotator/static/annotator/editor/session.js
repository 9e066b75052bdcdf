/** @import {ImageRecord} from "./types.js" */
/** @import {Api} from "./api.js" */
/** @import {Drafts} from "./draft.js" */
/** @import {Editing} from "./editing.js" */
/** @import {Mode} from "./modes/mode.js" */
/** @import {Choices} from "./choices.js" */
/** @import {Delivery, Verb} from "./delivery.js" */
/** @import {Loaded, Prefetch} from "./prefetch.js" */
/** @import {Notices} from "./notices.js" */
/** @import {Store} from "./store.js" */
/** @import {LabelWorker} from "./worker/client.js" */
/** @import {Picture} from "./picture.js" */
import { LabelDocument } from "./document.js";
import { t } from "./i18n.js";
import { Sync } from "./sync.js";
import { TOOLS } from "./tools/registry.js";

/**
 * @typedef {object} SessionPorts
 * @property {Store} store
 * @property {Api} api
 * @property {LabelWorker} worker
 * @property {Drafts} drafts
 * @property {Prefetch<Picture>} prefetch
 * @property {Delivery} delivery
 * @property {Notices} notices
 * @property {Choices} choices
 * @property {Editing} editing
 * @property {Mode} mode
 * @property {(opened: {document: LabelDocument, picture: Picture}) => void} show
 */

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
    this.leave();
    store.phase.value = "loading";
    store.image.value = image;
    this.setAddress(image, address);
    try {
      const loaded = await prefetch.take(image);
      if (store.image.value?.id === image.id) this.start(loaded);
    } catch (error) {
      store.failure.value = error instanceof Error ? error.message : String(error);
      store.phase.value = "failed";
    }
  }

  /** @param {Loaded<Picture>} loaded */
  start({ image, picture, decoded, mirror, revision, isPrediction }) {
    if (picture.width !== decoded.width || picture.height !== decoded.height) {
      throw new Error(
        t("The image is {width} × {height} pixels, its labels {labelWidth} × {labelHeight}.", {
          width: picture.width,
          height: picture.height,
          labelWidth: decoded.width,
          labelHeight: decoded.height,
        }),
      );
    }
    const { store, editing, choices, show } = this.ports;
    const document = new LabelDocument(decoded, mirror, {
      changed: () => this.refresh(),
      edited: (deltas) => this.sync?.record(deltas),
    });
    this.document = document;
    editing.document = document;
    this.sync = this.createSync(document, image, revision, isPrediction);
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
    if (image.editable) void choices.offerDrafts({ imageId: image.id, document, sync: this.sync });
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
          if (isOpen()) store.saveState.value = state;
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
          ),
      },
      { imageId: image.id, revision, isPrediction, document },
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
      await this.ports.notices.attempt(async () => {
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
    const { mode, prefetch } = this.ports;
    if (!image.editable && mode.name === "annotate") return;
    prefetch.lookAhead(image, mode.purpose).catch((error) => {
      console.info("The next image was not fetched ahead:", error.message);
    });
  }

  /**
   * Lets the open image go; what is unsaved goes on being saved, and stays in the draft until it is.
   * @returns {Sync | null} where somebody else sees to its strokes
   */
  letGo() {
    const { sync } = this;
    const { store } = this.ports;
    store.comments.value = [];
    store.draftPin.value = null;
    store.openCommentId.value = null;
    this.ports.choices.forget();
    this.document = null;
    this.sync = null;
    this.ports.editing.document = null;
    this.refresh();
    return sync;
  }

  leave() {
    const { document } = this;
    const sync = this.letGo();
    if (!sync) return;
    const end = () => {
      sync.close();
      document?.mirror.close();
    };
    if (sync.hasUnsaved) void sync.flush().finally(end);
    else end();
  }

  /** Claims the next image of the queue and opens it; the one that is open goes back to the queue. */
  async next() {
    const { store, api, mode } = this.ports;
    await this.ports.notices.attempt(async () => {
      if (this.sync?.hasUnsaved && !(await this.saveAll())) return;
      const image = await api.next(store.config.project.id, mode.purpose, store.image.value?.id);
      if (image) return this.open(image, "push");
      this.leave();
      store.image.value = null;
      store.phase.value = "empty";
    });
  }

  /**
   * Saves, moves the image to its next state, and opens the next one: at once where that one is ready, while this one
   * is still on its way.
   * @param {Verb} verb
   * @param {unknown} [body]
   */
  async finish(verb, body) {
    const { store, delivery, prefetch } = this.ports;
    const { sync, document } = this;
    const image = store.image.value;
    if (!image || !sync || !document || store.isBusy.value) return;
    const isPlain = ["saved", "unsaved", "saving"].includes(sync.state.kind) && !store.conflict.value;
    const ahead = isPlain ? prefetch.takeReady() : null;
    store.isBusy.value = true;
    await document.whenIdle();
    if (ahead) {
      this.letGo();
      const delivered = delivery.deliver(image, sync, verb, body);
      store.image.value = ahead.image;
      this.setAddress(ahead.image, "push");
      this.start(ahead);
      store.isBusy.value = false;
      await this.tellDelivery(image, verb, delivered);
      sync.close();
      document.mirror.close();
    } else {
      if (await this.saveAll()) {
        await this.ports.notices.attempt(async () => {
          await delivery.deliver(image, sync, verb, body);
          this.countFinished(verb);
          await this.next();
        });
      }
      store.isBusy.value = false;
    }
  }

  /** @param {ImageRecord} image @param {Verb} verb @param {Promise<void>} delivered */
  async tellDelivery(image, verb, delivered) {
    const { api } = this.ports;
    try {
      await delivered;
      this.countFinished(verb);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.ports.notices.tell(
        t("{name} stays as it was, with every stroke kept: {reason}", { name: image.name, reason: error.message }),
        "error",
        {
          label: t("Open it"),
          run: () => void this.ports.notices.attempt(async () => this.open(await api.image(image.id), "push")),
        },
      );
    }
  }

  /** @param {Verb} verb */
  countFinished(verb) {
    const { progress } = this.ports.store;
    const { done, total } = progress.value;
    if (verb !== "return") progress.value = { done: Math.min(done + 1, total), total };
  }

  /** @returns {Promise<boolean>} whether the server has everything; says so to the user when not */
  async saveAll() {
    const { store } = this.ports;
    const isSaved = await (store.isPrediction.value ? this.sync?.acceptPrediction() : this.sync?.flush());
    if (isSaved === false) {
      const { kind, detail } = store.saveState.value;
      this.ports.notices.tell(
        kind === "offline"
          ? t("The server cannot be reached. Your strokes are kept here; try again when the connection is back.")
          : t("Not saved: {reason}", { reason: detail ?? "" }),
        "error",
      );
    }
    return isSaved !== false;
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
