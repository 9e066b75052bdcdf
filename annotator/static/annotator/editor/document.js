/** @import {DecodedLabels, Segment, TileDelta} from "./types.js" */
/** @import {Entry, SegmentChange} from "./history.js" */
/** @import {Mirror} from "./worker/client.js" */
import { deltaOf } from "./delta.js";
import { History } from "./history.js";
import { LabelMap } from "./labelmap.js";
import { revertDelta, writeDelta, writeRuns, writeTile } from "./rasterizer.js";
import { SegmentTable } from "./segments.js";
import { Transaction } from "./transaction.js";
import { finish, Turns } from "./turns.js";

/** Undo and redo of large steps, and the end of large strokes, stop after this long and go on in the next turn. */
const TURN_MS = 8;
/** Steps over fewer tiles are done at once: that takes 10 to 20 ms, turns would show them frames later. */
const TILES_AT_ONCE = 160;

/**
 * @typedef {object} DocumentEvents
 * @property {() => void} changed after a stroke, undo, redo or merge
 * @property {(entry: Entry, side: "before" | "after") => void} [stepped] after an undo or redo
 * @property {(deltas: TileDelta[]) => void} edited what this user changed, which the server has to hear of
 */

/** One image's labels while it is open: pixels, segments, history and the stroke in progress. */
export class LabelDocument {
  /**
   * @param {DecodedLabels} decoded
   * @param {Mirror} mirror hears of every change of pixels, once the stroke is over
   * @param {DocumentEvents} events
   */
  constructor(decoded, mirror, events) {
    this.mirror = mirror;
    this.map = LabelMap.from(decoded);
    this.segments = new SegmentTable(decoded.segments);
    this.history = new History();
    this.events = events;
    /** @type {Transaction | null} */
    this.stroke = null;
    this.strokeId = 0;
    this.strokeLabel = "";
    /** @type {Uint8Array | null} */
    this.mayOverwrite = null;
    /** @type {Map<number, SegmentChange>} rows that the stroke in progress changed */
    this.segmentChanges = new Map();
    /** @type {Generator<undefined, void> | null} the undo or redo in progress; `stroke` is there with it */
    this.stepping = null;
    /** @type {(() => void)[]} */
    this.idleWaiters = [];
  }

  /**
   * @param {string} label
   * @param {number} id segment id to write, 0 erases
   * @param {Uint8Array | null} [mayOverwrite] by old id, 1 where it gives way
   */
  begin(label, id, mayOverwrite = null) {
    this.finishStep();
    this.rollback();
    this.stroke = new Transaction(this.map);
    this.strokeId = id;
    this.strokeLabel = label;
    this.mayOverwrite = mayOverwrite;
  }

  /** @param {ArrayLike<number>} runs triples y, x0, x1 @returns {number} pixels changed */
  write(runs) {
    return this.writeAs(runs, this.strokeId);
  }

  /** @param {ArrayLike<number>} runs triples y, x0, x1 @param {number} id @returns {number} pixels changed */
  writeAs(runs, id) {
    return this.stroke ? writeRuns(this.map, runs, id, this.stroke, this.mayOverwrite) : 0;
  }

  /**
   * Puts a row of the segment table in place as part of the stroke, so that undo takes it back too.
   * @param {number} id
   * @param {Segment | null} segment null takes the row away
   */
  setSegment(id, segment) {
    const known = this.segmentChanges.get(id);
    const before = known ? known.before : this.segments.get(id);
    if (before || segment) this.segmentChanges.set(id, { id, before, after: segment });
    else this.segmentChanges.delete(id);
    this.segments.set(id, segment);
  }

  /** Ends the stroke and puts it into the history. Returns whether anything changed. */
  commit() {
    return this.stroke ? this.conclude(this.stroke.deltas()) : false;
  }

  /**
   * The same for a large stroke, in turns.
   * @param {() => boolean} isWanted asked after each turn
   * @returns {Promise<boolean>} whether anything changed; not when it was no longer wanted, and is to be rolled back
   */
  async commitInTurns(isWanted) {
    const { stroke } = this;
    if (!stroke) return false;
    const turns = new Turns(TURN_MS);
    const work = stroke.eachDelta();
    for (;;) {
      const step = work.next();
      if (step.done) return this.conclude(step.value);
      if (!turns.isOver) continue;
      await turns.next();
      if (this.stroke !== stroke || !isWanted()) return false;
    }
  }

  /** @param {TileDelta[]} deltas of the stroke */
  conclude(deltas) {
    this.stroke = null;
    const entry = { label: this.strokeLabel, deltas, segments: [...this.segmentChanges.values()] };
    this.segmentChanges.clear();
    const hasChanged = entry.deltas.length > 0 || entry.segments.length > 0;
    if (hasChanged) {
      this.history.push(entry);
      this.mirror.apply(entry.deltas);
      this.events.edited(entry.deltas);
    }
    this.finish();
    return hasChanged;
  }

  rollback() {
    if (!this.stroke || this.stepping) return;
    this.stroke.rollback();
    this.stroke = null;
    for (const { id, before } of this.segmentChanges.values()) this.segments.set(id, before);
    this.segmentChanges.clear();
    this.finish();
  }

  /** Takes the last stroke back, a large one in turns; not while another is being drawn. */
  undo() {
    this.finishStep();
    if (!this.stroke) this.step(this.history.undo(), "before");
  }

  redo() {
    this.finishStep();
    if (!this.stroke) this.step(this.history.redo(), "after");
  }

  /** @param {Entry | null} entry @param {"before" | "after"} side */
  step(entry, side) {
    if (!entry) return;
    this.stroke = new Transaction(this.map);
    this.stepping = this.carryOut(entry, side);
    for (let i = 0; i < TILES_AT_ONCE; i++) if (this.stepping.next().done) return;
    void this.goOnInTurns(this.stepping);
  }

  /** @param {Generator<undefined, void>} work */
  async goOnInTurns(work) {
    const turns = new Turns(TURN_MS);
    while (this.stepping === work) {
      if (turns.isOver) await turns.next();
      if (this.stepping === work) work.next();
    }
  }

  /** Brings the undo or redo in progress to its end now. */
  finishStep() {
    if (this.stepping) finish(this.stepping);
  }

  /**
   * @param {Entry} entry @param {"before" | "after"} side
   * @returns {Generator<undefined, void>} pauses after each tile
   */
  *carryOut(entry, side) {
    const write = side === "before" ? revertDelta : writeDelta;
    const done = [];
    for (const { id, [side]: segment } of entry.segments) if (segment) this.segments.set(id, segment);
    try {
      for (const delta of entry.deltas) {
        const written = write(this.map, delta);
        if (written) done.push(written);
        yield;
      }
    } finally {
      this.stepping = null;
      this.stroke = null;
    }
    for (const { id, [side]: segment } of entry.segments) {
      // Somebody else may have painted into it meanwhile: what has pixels keeps its row.
      if (!segment && !this.map.counts[id]) this.segments.set(id, null);
    }
    this.mirror.apply(done);
    this.events.edited(done);
    this.events.stepped?.(entry, side);
    this.finish();
  }

  /**
   * Takes over what a merge came to.
   * @param {Map<number, Uint16Array | null>} tiles
   * @param {Segment[]} segments
   * @param {Map<number, number>} remap segment ids that changed
   */
  adopt(tiles, segments, remap) {
    const deltas = [...tiles].flatMap(([index, tile]) => {
      const delta = deltaOf(index, this.map.tile(index), tile);
      writeTile(this.map, index, tile);
      return delta ?? [];
    });
    this.segments = new SegmentTable(segments);
    this.history.remap(remap);
    this.history.forgetUndone();
    this.mirror.apply(deltas);
    this.events.changed();
  }

  /**
   * A stroke that was made elsewhere, as one step that can be undone.
   * @param {string} label @param {TileDelta[]} deltas @param {SegmentChange[]} segments
   */
  take(label, deltas, segments) {
    for (const { id, after } of segments) this.segments.set(id, after);
    const done = deltas.flatMap((delta) => writeDelta(this.map, delta) ?? []);
    this.history.push({ label, deltas: done, segments });
    this.mirror.apply(done);
    this.events.edited(done);
    this.events.changed();
  }

  /**
   * Resolves when the stroke in progress is over. Another that waited may have begun the next one by then, so ask
   * again: `while (document.stroke) await document.whenIdle()`.
   */
  whenIdle() {
    return this.stroke ? new Promise((resolve) => this.idleWaiters.push(() => resolve(undefined))) : Promise.resolve();
  }

  finish() {
    this.events.changed();
    for (const resolve of this.idleWaiters.splice(0)) resolve();
  }
}
