/** @import {DecodedLabels, ImageRecord, LabelClass, SaveState, Segment} from "./types.js" */
/** @import {LabelDocument} from "./document.js" */
/** @import {MyTile} from "./merge.js" */
/** @import {Draft} from "./draft.js" */
import { ApiError, OfflineError } from "./api.js";
import { sameTile } from "./labelmap.js";
import { mergeLabels } from "./merge.js";
import { packTiles } from "./wire.js";

/**
 * @typedef {object} Save One body on its way; sent again unchanged, with the same key, until the server answers.
 * @property {string} key
 * @property {number} revision
 * @property {Map<number, Uint16Array | null>} base the tiles as the server has them
 * @property {Segment[]} segments
 * @property {Uint8Array<ArrayBuffer> | null} body null while it is being packed
 * @property {number} strokes
 *
 * @typedef {object} SyncPorts
 * @property {Pick<import("./api.js").Api, "image" | "labels" | "saveTiles" | "acceptPrediction">} api
 * @property {{deflate(tile: Uint16Array | null): Promise<Uint8Array>, decode(buffer: ArrayBuffer): Promise<DecodedLabels>}} codec
 * @property {Pick<import("./draft.js").Drafts, "put" | "drop" | "clear" | "forget">} drafts
 * @property {LabelClass[]} classes
 * @property {number} saveDelayMs from the end of a stroke to its save; strokes that follow meanwhile do not put it off
 * @property {(state: SaveState) => void} onState
 * @property {(image: ImageRecord) => void} onAccepted the prediction became the head
 * @property {(revision: number) => void} onSaved
 * @property {(contestedPixels: number, theirRevision: number) => void} onMerged somebody else's changes were taken in
 * @property {(message: string) => void} onDraftFailed
 */

const FIRST_RETRY_MS = 2_000;
const LAST_RETRY_MS = 30_000;
/** Browsers cap the bodies of all keepalive requests together at 64 KiB. */
const KEEPALIVE_BYTES = 60_000;

/** Carries the strokes of one open image to the server: one save at a time, none lost, none overwritten. */
export class Sync {
  /**
   * @param {SyncPorts} ports
   * @param {{imageId: number, revision: number, isPrediction: boolean, document: LabelDocument}} opened
   */
  constructor(ports, { imageId, revision, isPrediction, document }) {
    this.ports = ports;
    this.imageId = imageId;
    this.revision = revision;
    /** Whether the head is still empty and what is shown is the prediction. */
    this.isPrediction = isPrediction;
    this.document = document;
    this.baseSegments = document.segments.list();
    /** @type {Map<number, Uint16Array | null>} tiles changed since the last save, as they were before */
    this.base = new Map();
    this.strokes = 0;
    /** @type {Save | null} */
    this.save = null;
    /** @type {Promise<void> | null} the newest draft until it is written; stays where it cannot be */
    this.draft = null;
    /** @type {Map<number, {version: number, bytes: Uint8Array}>} zlib bytes of changed tiles, made ahead of the save */
    this.deflated = new Map();
    /** @type {Promise<boolean> | null} */
    this.running = null;
    this.retryMs = FIRST_RETRY_MS;
    this.timer = 0;
    this.dueAt = Infinity;
    this.isClosed = false;
  }

  /** Whether closing the page now would lose a stroke: neither the server nor this browser's storage has it. */
  get wouldLose() {
    return this.hasUnsaved && this.draft !== null;
  }

  get hasUnsaved() {
    return this.base.size > 0 || this.save !== null;
  }

  /**
   * Takes note of a stroke, undo or redo.
   * @param {Map<number, Uint16Array | null>} before touched tiles as they were
   */
  record(before) {
    for (const [index, tile] of before) if (!this.base.has(index)) this.base.set(index, tile);
    this.strokes++;
    this.keepDraft(before.keys());
    for (const index of before.keys()) this.deflateAhead(index);
    if (!this.running) this.tell("unsaved");
    this.schedule(this.ports.saveDelayMs);
  }

  /** @param {number} delayMs */
  schedule(delayMs) {
    const dueAt = performance.now() + delayMs;
    if (this.dueAt <= dueAt) return;
    clearTimeout(this.timer);
    this.dueAt = dueAt;
    this.timer = setTimeout(() => void this.flush(), delayMs);
  }

  /** @param {SaveState["kind"]} kind @param {string} [detail] */
  tell(kind, detail) {
    if (!this.isClosed) this.ports.onState({ kind, strokes: this.strokes + (this.save?.strokes ?? 0), detail });
  }

  /**
   * Saves everything now. Returns whether the server has it all.
   * @returns {Promise<boolean>}
   */
  flush() {
    clearTimeout(this.timer);
    this.dueAt = Infinity;
    this.running ??= this.run().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  /** Makes the prediction the head, with the strokes drawn on it saved on top. */
  async acceptPrediction() {
    this.wantsAcceptance = true;
    return this.flush();
  }

  async run() {
    try {
      while (this.hasUnsaved || (this.isPrediction && this.wantsAcceptance)) {
        this.tell("saving");
        if (this.isPrediction) await this.takePrediction();
        else await this.sendOnce();
      }
      this.retryMs = FIRST_RETRY_MS;
      this.tell("saved");
      return true;
    } catch (error) {
      if (error instanceof OfflineError) {
        this.tell("offline", error.message);
        if (!this.isClosed) this.schedule(this.retryMs);
        this.retryMs = Math.min(this.retryMs * 2, LAST_RETRY_MS);
      } else if (error instanceof ApiError) {
        this.tell("refused", error.message);
      } else {
        this.tell("refused", error instanceof Error ? error.message : String(error));
        throw error;
      }
      return false;
    }
  }

  async takePrediction() {
    // Another tab may have begun on this image: its labels must not be replaced by the prediction.
    const current = await this.ports.api.image(this.imageId);
    const isStillEmpty = current.revision === 0;
    this.ports.onAccepted(isStillEmpty ? await this.ports.api.acceptPrediction(this.imageId) : current);
    await this.mergeHead({ isQuiet: isStillEmpty });
    this.isPrediction = false;
    this.wantsAcceptance = false;
  }

  async sendOnce() {
    await this.document.whenIdle();
    const save = (this.save ??= this.take());
    try {
      save.body ??= await this.pack(save);
      this.revision = await this.ports.api.saveTiles(this.imageId, {
        tiles: save.body,
        segments: save.segments,
        revision: save.revision,
        key: save.key,
      });
    } catch (error) {
      if (error instanceof OfflineError) throw error;
      this.putBack();
      if (!isStale(error)) throw error;
      this.tell("conflict");
      await this.mergeHead({ isQuiet: false });
      return;
    }
    this.save = null;
    this.baseSegments = save.segments;
    this.ports.onSaved(this.revision);
    await this.settleDraft(save.base.keys());
  }

  /** @returns {Save} everything unsaved as of now */
  take() {
    const { segments, map } = this.document;
    const used = segments.used(map.counts).map((segment) => ({ ...segment }));
    const save = {
      key: randomKey(),
      revision: this.revision,
      base: this.base,
      segments: used,
      body: null,
      strokes: this.strokes,
    };
    this.base = new Map();
    this.strokes = 0;
    return save;
  }

  /**
   * Must be called in the same turn as `take`: the worker gets its copies of the tiles at once.
   * @param {Save} save
   */
  async pack(save) {
    const indices = [...save.base.keys()];
    const bytes = await Promise.all(indices.map((index) => this.deflate(index)));
    return packTiles(new Map(indices.map((index, i) => [index, bytes[i]])));
  }

  /** A save that will not be sent again: its strokes count as unsaved once more. */
  putBack() {
    if (!this.save) return;
    for (const [index, tile] of this.save.base) this.base.set(index, tile);
    this.strokes += this.save.strokes;
    this.save = null;
  }

  /** @param {number} index @returns {Promise<Uint8Array>} */
  async deflate(index) {
    const { map } = this.document;
    const version = map.versions[index];
    const ready = this.deflated.get(index);
    if (ready?.version === version) return ready.bytes;
    const bytes = await this.ports.codec.deflate(map.tiles[index]);
    this.deflated.set(index, { version, bytes });
    return bytes;
  }

  /** @param {number} index */
  deflateAhead(index) {
    this.deflate(index).catch(() => this.deflated.delete(index));
  }

  /**
   * Takes the server's head in; what I changed and did not save yet stands over it.
   * @param {{isQuiet: boolean}} options
   */
  async mergeHead({ isQuiet }) {
    const { revision, tiff } = await this.ports.api.labels(this.imageId);
    const theirs = await this.ports.codec.decode(tiff);
    await this.document.whenIdle();
    const { map, segments } = this.document;
    /** @type {Map<number, MyTile>} */
    const myTiles = new Map();
    for (const [index, base] of this.base) myTiles.set(index, { base, now: map.tiles[index] });
    const contested = this.mergeInto(theirs, { myTiles, baseSegments: this.baseSegments, mySegments: segments.list() });
    this.revision = revision;
    if (!isQuiet) this.ports.onMerged(contested, revision);
    this.keepDraft(this.base.keys());
  }

  /**
   * @param {DecodedLabels} theirs
   * @param {{myTiles: Map<number, MyTile>, baseSegments: Segment[], mySegments: Segment[]}} mine
   */
  mergeInto(theirs, { myTiles, baseSegments, mySegments }) {
    const { map } = this.document;
    const theirTile = (/** @type {number} */ index) => theirs.tiles[index];
    const merged = mergeLabels({
      baseSegments,
      mySegments,
      theirSegments: theirs.segments,
      myTiles,
      theirTile,
      classes: this.ports.classes,
    });
    /** @type {Map<number, Uint16Array | null>} */
    const changed = new Map();
    theirs.tiles.forEach((tile, index) => {
      const wanted = merged.tiles.get(index) ?? tile;
      if (!sameTile(map.tiles[index], wanted)) changed.set(index, wanted);
    });
    this.base = new Map();
    for (const [index, tile] of merged.tiles) {
      if (!sameTile(tile, theirs.tiles[index])) this.base.set(index, theirs.tiles[index]?.slice() ?? null);
    }
    this.baseSegments = theirs.segments;
    this.document.adopt(changed, merged.segments, merged.remap);
    if (!this.base.size) this.strokes = 0;
    return merged.contestedPixels;
  }

  /**
   * Puts back strokes that a closed or crashed tab left behind, over whatever the head is by now.
   * @param {Draft} draft
   * @returns {Promise<number>} tiles that differ from the head
   */
  async restore(draft) {
    const { map, segments } = this.document;
    const tiles = map.tiles.map((tile) => tile?.slice() ?? null);
    const theirs = { width: map.width, height: map.height, tiles, segments: segments.list() };
    this.mergeInto(theirs, { myTiles: draft.tiles, baseSegments: draft.baseSegments, mySegments: draft.segments });
    if (this.base.size) {
      this.strokes += draft.strokes;
      this.keepDraft(this.base.keys());
      this.tell("unsaved");
      this.schedule(this.ports.saveDelayMs);
    }
    await this.ports.drafts.forget(draft.keys, { keepOwn: this.base.size > 0 });
    return this.base.size;
  }

  /** @param {Iterable<number>} indices */
  keepDraft(indices) {
    const { map, segments } = this.document;
    /** @type {Map<number, MyTile>} */
    const tiles = new Map();
    for (const index of indices) {
      const base = this.save?.base.has(index) ? this.save.base.get(index) : this.base.get(index);
      if (base !== undefined) tiles.set(index, { base, now: map.tiles[index] });
    }
    const head = {
      revision: this.revision,
      isOnPrediction: this.isPrediction,
      baseSegments: this.baseSegments,
      segments: segments.list(),
      strokes: this.strokes + (this.save?.strokes ?? 0),
    };
    const writing = this.ports.drafts.put(this.imageId, head, tiles);
    this.draft = writing;
    writing.then(
      () => {
        if (this.draft === writing) this.draft = null;
      },
      (error) => this.ports.onDraftFailed(String(error)),
    );
  }

  /** @param {Iterable<number>} saved */
  async settleDraft(saved) {
    const done = [...saved].filter((index) => !this.base.has(index));
    if (this.base.size) {
      await this.ports.drafts.drop(this.imageId, done);
      this.keepDraft(this.base.keys());
    } else await this.ports.drafts.clear(this.imageId, done);
  }

  /** Last chance when the page goes: sends what is already packed and small enough to outlive it. */
  sendAndLeave() {
    if (this.isPrediction) return;
    if (this.save) return this.save.body ? this.sendLast(this.save, this.save.body) : undefined;
    const tiles = new Map();
    for (const index of this.base.keys()) {
      const ready = this.deflated.get(index);
      if (ready?.version !== this.document.map.versions[index]) return;
      tiles.set(index, ready.bytes);
    }
    if (tiles.size) this.sendLast(this.take(), packTiles(tiles));
  }

  /** @param {Save} save @param {Uint8Array<ArrayBuffer>} body */
  sendLast(save, body) {
    this.save = { ...save, body };
    const { segments, revision, key } = save;
    if (body.byteLength + JSON.stringify(segments).length > KEEPALIVE_BYTES) return;
    this.ports.api
      .saveTiles(this.imageId, { tiles: body, segments, revision, key, keepalive: true })
      .catch((error) => this.tell("offline", String(error)));
  }

  close() {
    this.isClosed = true;
    clearTimeout(this.timer);
  }
}

/** Whether a save was refused because the head moved on; other conflicts name no revision. @param {unknown} error */
function isStale(error) {
  return error instanceof ApiError && error.status === 409 && typeof error.problem.revision === "number";
}

/** A random UUID; `crypto.randomUUID` is missing where the page comes over plain HTTP from another machine. */
function randomKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
