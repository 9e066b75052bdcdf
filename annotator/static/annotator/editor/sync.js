/** @import {DecodedLabels, ImageRecord, LabelClass, SaveState, Segment, TileDelta} from "./types.js" */
/** @import {Contested} from "./conflict.js" */
/** @import {LabelDocument} from "./document.js" */
/** @import {Draft, DraftLog} from "./draft.js" */
/** @import {DraftBasis} from "./draft_writer.js" */
/** @import {Trouble} from "./trouble.js" */
import { ApiError, OfflineError } from "./api.js";
import { composeDeltas, deltaOf } from "./delta.js";
import { DraftWriter } from "./draft_writer.js";
import { mergeLabels } from "./merge.js";
import { t } from "./i18n.js";
import { isSameTile, unpackTile } from "./tile.js";
import { troubleOf } from "./trouble.js";

/**
 * @typedef {object} Save One body on its way; sent again unchanged, with the same key, until the server answers.
 * @property {string} key
 * @property {number} revision
 * @property {TileDelta[]} deltas
 * @property {Segment[]} segments
 * @property {Promise<import("./types.js").PackedSave>} body
 * @property {number} strokes
 * @property {number} lastStroke number of the newest in it
 *
 * @typedef {object} SyncPorts
 * @property {Pick<import("./api.js").Api, "image" | "labels" | "saveTiles" | "acceptPrediction">} api
 * @property {(buffer: ArrayBuffer) => Promise<DecodedLabels>} decode
 * @property {Pick<DraftLog, "write" | "close">} draft
 * @property {LabelClass[]} classes
 * @property {(state: SaveState) => void} onState
 * @property {(image: ImageRecord) => void} onAccepted the prediction became the head
 * @property {(revision: number) => void} onSaved
 * @property {(contested: Contested, theirRevision: number) => void} onMerged somebody else's changes were taken in
 * @property {(message: string) => void} onDraftFailed
 */

/** Between two saves lies this many times what the last one took, so that a busy server is asked less often. */
const PAUSE_PER_SAVE = 3;
const SHORTEST_PAUSE_MS = 60;
const LONGEST_PAUSE_MS = 1_500;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 30_000;

/** Carries the strokes of one open image to the server: one save at a time, none lost, none overwritten. */
export class Sync {
  /**
   * @param {SyncPorts} ports
   * @param {{imageId: number, revision: number, isPrediction: boolean, document: LabelDocument,
   *   model?: string | number | null}} opened model: the one whose prediction is shown
   */
  constructor(ports, { imageId, revision, isPrediction, document, model = null }) {
    this.ports = ports;
    this.imageId = imageId;
    this.model = model;
    this.revision = revision;
    /** Whether the head is still empty and what is shown is the prediction. */
    this.isPrediction = isPrediction;
    this.document = document;
    this.baseSegments = document.segments.list();
    /** @type {TileDelta[]} strokes since the last save */
    this.deltas = [];
    this.strokes = 0;
    /** @type {Save | null} */
    this.save = null;
    this.draft = new DraftWriter(ports.draft, ports.onDraftFailed);
    /** @type {Promise<boolean> | null} */
    this.running = null;
    this.retryMs = FIRST_RETRY_MS;
    this.pauseMs = SHORTEST_PAUSE_MS;
    this.timer = 0;
    this.dueAt = Infinity;
    this.isClosed = false;
    /** @type {Trouble | null} why the last save did not get through */
    this.trouble = null;
    /** @type {SaveState} */
    this.state = { kind: "saved", strokes: 0 };
    /** Whether the image is no longer on the screen, so that nobody could choose between two strokes. */
    this.isUnwatched = false;
  }

  /** Whether closing the page now would lose a stroke: neither the server nor this browser's storage has it. */
  get wouldLose() {
    return this.hasUnsaved && this.draft.isBehind;
  }

  get hasUnsaved() {
    return this.strokes > 0 || this.save !== null;
  }

  /** Whether the server has no labels of this image and none are on their way. */
  get isUntouched() {
    return this.revision === 0 && !this.hasUnsaved && !this.isPrediction;
  }

  get unsavedStrokes() {
    return this.strokes + (this.save?.strokes ?? 0);
  }

  /**
   * Takes note of a stroke, undo or redo.
   * @param {TileDelta[]} deltas none: the labels are saved as they are, also where there are none
   */
  record(deltas) {
    this.deltas.push(...deltas);
    this.strokes++;
    this.draft.add(deltas, this.basis, [...(this.save?.deltas ?? []), ...this.deltas]);
    if (!this.running) this.tell("unsaved");
    this.schedule(this.pauseMs);
  }

  /** @param {number} delayMs strokes that follow meanwhile do not put it off */
  schedule(delayMs) {
    const dueAt = performance.now() + delayMs;
    if (this.dueAt <= dueAt) return;
    clearTimeout(this.timer);
    this.dueAt = dueAt;
    this.timer = setTimeout(() => void this.flush(), delayMs);
  }

  /** @param {SaveState["kind"]} kind @param {string} [detail] */
  tell(kind, detail) {
    this.state = { kind, strokes: this.unsavedStrokes, detail };
    if (this.trouble?.kind === "refused") this.state.refusal = this.refusal(this.trouble);
    if (!this.isClosed) this.ports.onState(this.state);
  }

  /** @param {Trouble} trouble @returns {import("./types.js").Refusal} */
  refusal({ reason, mayHeal }) {
    return { reason, retryAt: mayHeal && this.dueAt < Infinity ? this.dueAt : null, isKept: !this.draft.hasFailed };
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
      this.trouble = null;
      this.tell("saved");
      return true;
    } catch (error) {
      this.meet(troubleOf(error));
      if (!(error instanceof ApiError || error instanceof OfflineError)) throw error;
      return false;
    }
  }

  /** A save did not get through: where that may pass it is tried again. @param {Trouble} trouble */
  meet(trouble) {
    this.trouble = trouble;
    if (trouble.mayHeal) {
      if (!this.isClosed) this.schedule(Math.max(this.retryMs, trouble.waitMs));
      this.retryMs = Math.min(this.retryMs * 2, LAST_RETRY_MS);
    }
    this.tell(trouble.kind, trouble.reason);
  }

  async takePrediction() {
    // Another tab may have begun on this image: its labels must not be replaced by the prediction.
    const current = await this.ports.api.image(this.imageId);
    const isStillEmpty = current.revision === 0;
    this.ports.onAccepted(isStillEmpty ? await this.ports.api.acceptPrediction(this.imageId, this.model) : current);
    await this.mergeHead({ isQuiet: isStillEmpty });
    this.isPrediction = false;
    this.wantsAcceptance = false;
  }

  async sendOnce() {
    while (this.document.stroke) await this.document.whenIdle();
    const save = (this.save ??= this.take());
    const startedAt = performance.now();
    try {
      const body = await save.body;
      this.revision = await this.ports.api.saveTiles(this.imageId, { ...body, revision: save.revision, key: save.key });
    } catch (error) {
      if (error instanceof OfflineError) throw error;
      this.putBack();
      if (!isStale(error)) throw error;
      this.tell("conflict");
      await this.mergeHead({ isQuiet: false, stale: error.problem });
      return;
    }
    this.save = null;
    this.trouble = null;
    this.baseSegments = save.segments;
    this.pauseMs = clamp(PAUSE_PER_SAVE * (performance.now() - startedAt), SHORTEST_PAUSE_MS, LONGEST_PAUSE_MS);
    this.ports.onSaved(this.revision);
    await this.draft.settle(save.lastStroke, this.hasUnsaved ? this.basis : null);
  }

  /** @returns {Save} everything unsaved as of now */
  take() {
    const { segments, map, mirror } = this.document;
    const used = segments.used(map.counts).map((segment) => ({ ...segment }));
    const save = {
      key: randomKey(),
      revision: this.revision,
      deltas: this.deltas,
      segments: used,
      body: mirror.pack([...new Set(this.deltas.map(({ index }) => index))], used),
      strokes: this.strokes,
      lastStroke: this.draft.lastStroke,
    };
    this.deltas = [];
    this.strokes = 0;
    return save;
  }

  /** A save that will not be sent again: its strokes count as unsaved once more. */
  putBack() {
    if (!this.save) return;
    this.deltas.unshift(...this.save.deltas);
    this.strokes += this.save.strokes;
    this.save = null;
  }

  /**
   * Takes the server's head in; what I changed and did not save yet stands over it.
   * @param {{isQuiet: boolean, stale?: Record<string, any>}} options stale: the server's word on which tiles differ from
   *   what this page knows; without it, any may
   */
  async mergeHead({ isQuiet, stale }) {
    const { revision, tiff } = await this.ports.api.labels(this.imageId);
    const theirs = await this.ports.decode(tiff);
    while (this.document.stroke) await this.document.whenIdle();
    const theirTile = tileReader(theirs.tiles);
    const merged = mergeLabels({
      baseSegments: this.baseSegments,
      mySegments: this.document.segments.list(),
      theirSegments: theirs.segments,
      myTiles: composeDeltas(this.deltas, { keepsUndone: false }),
      theirTile,
      classes: this.ports.classes,
    });
    if (this.isUnwatched && merged.contested.size) {
      // The draft still says what my strokes were made on: whoever opens the image again is asked.
      throw new ApiError(409, { detail: t("Someone else drew on the same pixels meanwhile; open it to choose.") });
    }
    const changedTiles = stale?.revision === revision ? stale.changed_tiles : theirs.tiles.keys();
    this.adopt(merged, theirs.segments, theirTile, changedTiles);
    this.revision = revision;
    if (!isQuiet) this.ports.onMerged({ pixels: merged.contested, theirTile }, revision);
    await this.draft.rewrite(this.deltas, this.hasUnsaved ? this.basis : null);
  }

  /**
   * @param {import("./merge.js").MergeResult} merged
   * @param {Segment[]} theirSegments
   * @param {(index: number) => Uint16Array | null} theirTile
   * @param {Iterable<number>} changedTiles where theirs may differ from what this page has
   */
  adopt({ tiles, segments, remap }, theirSegments, theirTile, changedTiles) {
    const { map } = this.document;
    /** @type {Map<number, Uint16Array | null>} */
    const changed = new Map();
    for (const index of new Set([...changedTiles, ...tiles.keys()])) {
      const wanted = tiles.get(index) ?? theirTile(index);
      if (!isSameTile(map.tile(index), wanted)) changed.set(index, wanted);
    }
    this.deltas = [...tiles].flatMap(([index, tile]) => deltaOf(index, theirTile(index), tile) ?? []);
    const hasSegmentsOfMine = JSON.stringify(segments) !== JSON.stringify(theirSegments);
    this.baseSegments = theirSegments;
    this.document.adopt(changed, segments, remap);
    this.strokes = this.deltas.length || hasSegmentsOfMine ? Math.max(this.strokes, 1) : 0;
  }

  /**
   * Puts back strokes that a closed or crashed tab left behind, over whatever the labels are by now, as one step.
   * @param {Draft} draft
   * @returns {Promise<Contested>} what somebody else drew on the same pixels meanwhile
   */
  async restore(draft) {
    while (this.document.stroke) await this.document.whenIdle();
    const { map, segments } = this.document;
    const theirTile = (/** @type {number} */ index) => map.tile(index);
    const merged = mergeLabels({
      baseSegments: draft.head.baseSegments,
      mySegments: draft.head.segments,
      theirSegments: segments.list(),
      myTiles: composeDeltas(draft.deltas, { keepsUndone: true }),
      theirTile,
      classes: this.ports.classes,
    });
    const before = new Map([...merged.contested.keys()].map((index) => [index, map.tile(index)?.slice() ?? null]));
    const deltas = [...merged.tiles].flatMap(([index, tile]) => deltaOf(index, map.tile(index), tile) ?? []);
    const rows = merged.segments.flatMap((after) => {
      const row = segments.get(after.id);
      return JSON.stringify(row) === JSON.stringify(after) ? [] : [{ id: after.id, before: row, after }];
    });
    if (deltas.length || rows.length) this.document.take(t("Strokes put back"), deltas, rows);
    if ((await this.draft.settled()) || (await this.flush())) await draft.forget();
    return { pixels: merged.contested, theirTile: (index) => before.get(index) ?? null };
  }

  /** What the strokes that are unsaved were made on, and came to. @returns {DraftBasis} */
  get basis() {
    return { revision: this.revision, baseSegments: this.baseSegments, table: this.document.segments };
  }

  /** Stops trying again by itself; strokes that the server does not have stay in the draft. */
  close() {
    this.isClosed = true;
    clearTimeout(this.timer);
    this.ports.draft.close();
  }
}

/** @param {DecodedLabels["tiles"]} tiles @returns {(index: number) => Uint16Array | null} */
function tileReader(tiles) {
  return (index) => {
    const tile = tiles[index];
    return tile && !(tile instanceof Uint16Array) ? unpackTile(tile) : tile;
  };
}

/** @param {number} value @param {number} low @param {number} high */
function clamp(value, low, high) {
  return Math.min(Math.max(value, low), high);
}

/**
 * Whether a save was refused because the head moved on; other conflicts name no revision.
 * @param {unknown} error
 * @returns {error is ApiError}
 */
function isStale(error) {
  return error instanceof ApiError && error.status === 409 && typeof error.problem.revision === "number";
}

/** A random UUID; `crypto.randomUUID` is missing where the page comes over plain HTTP from another machine. */
function randomKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
