/** @import {DecodedLabels, Segment} from "./types.js" */
import { History } from "./history.js";
import { LabelMap } from "./labelmap.js";
import { writePatch, writeRuns, writeTile } from "./rasterizer.js";
import { SegmentTable } from "./segments.js";
import { Transaction } from "./transaction.js";

/**
 * @typedef {object} DocumentEvents
 * @property {() => void} changed after a stroke, undo, redo or merge
 * @property {(before: Map<number, Uint16Array | null>) => void} edited with the touched tiles as they were
 */

/** One image's labels while it is open: pixels, segments, history and the stroke in progress. */
export class LabelDocument {
  /**
   * @param {DecodedLabels} decoded
   * @param {DocumentEvents} events
   */
  constructor(decoded, events) {
    this.map = LabelMap.from(decoded);
    this.segments = new SegmentTable(decoded.segments);
    this.history = new History();
    this.events = events;
    /** @type {Transaction | null} */
    this.stroke = null;
    this.strokeId = 0;
    this.strokeLabel = "";
    /** @type {(() => void)[]} */
    this.idleWaiters = [];
  }

  /**
   * @param {string} label
   * @param {number} id segment id to write, 0 erases
   */
  begin(label, id) {
    this.rollback();
    this.stroke = new Transaction(this.map);
    this.strokeId = id;
    this.strokeLabel = label;
  }

  /**
   * @param {ArrayLike<number>} runs
   * @param {((id: number) => boolean) | null} mayOverwrite
   */
  write(runs, mayOverwrite) {
    return this.stroke ? writeRuns(this.map, runs, this.strokeId, this.stroke, mayOverwrite) : 0;
  }

  /** Ends the stroke and puts it into the history. Returns whether any pixel changed. */
  commit() {
    const stroke = this.stroke;
    if (!stroke) return false;
    this.stroke = null;
    const hasChanged = !stroke.isEmpty;
    if (hasChanged) {
      this.history.push({ label: this.strokeLabel, patches: stroke.patches() });
      this.events.edited(stroke.before);
    }
    this.finish();
    return hasChanged;
  }

  rollback() {
    if (!this.stroke) return;
    this.stroke.rollback();
    this.stroke = null;
    this.finish();
  }

  /** Takes the last stroke back; not while another is being drawn. */
  undo() {
    if (!this.stroke) this.step(this.history.undo(), "before");
  }

  redo() {
    if (!this.stroke) this.step(this.history.redo(), "after");
  }

  /** @param {import("./history.js").Entry | null} entry @param {"before" | "after"} side */
  step(entry, side) {
    if (!entry) return;
    const transaction = new Transaction(this.map);
    for (const patch of entry.patches) writePatch(this.map, patch, side, transaction);
    this.events.edited(transaction.before);
    this.events.changed();
  }

  /**
   * Takes over what a merge came to.
   * @param {Map<number, Uint16Array | null>} tiles
   * @param {Segment[]} segments
   * @param {Map<number, number>} remap segment ids that changed
   */
  adopt(tiles, segments, remap) {
    for (const [index, tile] of tiles) writeTile(this.map, index, tile);
    this.segments = new SegmentTable(segments);
    this.history.remap(remap);
    this.events.changed();
  }

  /** Resolves when no stroke is in progress, so that a merge never cuts into one. */
  whenIdle() {
    return this.stroke ? new Promise((resolve) => this.idleWaiters.push(() => resolve(undefined))) : Promise.resolve();
  }

  finish() {
    this.events.changed();
    for (const resolve of this.idleWaiters.splice(0)) resolve();
  }
}
