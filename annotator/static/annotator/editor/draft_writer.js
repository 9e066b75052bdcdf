/** @import {DraftHead, DraftLog} from "./draft.js" */
/** @import {SegmentTable} from "./segments.js" */
/** @import {Segment, TileDelta} from "./types.js" */

/** @typedef {{revision: number, baseSegments: Segment[], table: SegmentTable}} DraftBasis */

/** Keeps the draft of one image in step with its unsaved strokes; the head is written only when it changed. */
export class DraftWriter {
  /** @param {Pick<DraftLog, "write">} log @param {(message: string) => void} onFailed */
  constructor(log, onFailed) {
    this.log = log;
    this.onFailed = onFailed;
    this.lastStroke = 0;
    /** @type {{basis: DraftBasis, version: number} | null} what the head on disk was written from */
    this.written = null;
    /** @type {Set<Promise<void>>} steps that are not on disk yet; one that cannot be written stays */
    this.unwritten = new Set();
    /** Whether a step could not be written: what is on disk has a gap. */
    this.hasFailed = false;
  }

  /** Whether a stroke is not, or not yet, on disk. */
  get isBehind() {
    return this.unwritten.size > 0;
  }

  /**
   * @param {TileDelta[]} deltas of a new stroke
   * @param {DraftBasis} basis
   * @param {TileDelta[]} all that are unsaved, which are written anew where a step before failed
   */
  add(deltas, basis, all) {
    if (this.hasFailed) void this.rewrite(all, basis);
    else void this.write({ stroke: ++this.lastStroke, deltas, head: this.changedHead(basis) });
  }

  /** @returns {Promise<boolean>} whether everything is on disk */
  async settled() {
    await Promise.allSettled(this.unwritten);
    return !this.isBehind;
  }

  /**
   * Puts what is unsaved after a merge in place of the strokes before it.
   * @param {TileDelta[]} deltas @param {DraftBasis | null} basis null where nothing is unsaved
   */
  rewrite(deltas, basis) {
    const over = this.lastStroke++;
    this.written = null;
    this.hasFailed = false;
    this.unwritten.clear();
    if (!basis) return this.write({ over, head: null });
    return this.write({ over, stroke: this.lastStroke, deltas, head: this.changedHead(basis) });
  }

  /**
   * @param {number} over number of the last stroke that the server has
   * @param {DraftBasis | null} basis of the strokes that are left; null where none are
   */
  settle(over, basis) {
    if (basis) return this.write({ over, head: this.changedHead(basis) });
    this.written = null;
    this.hasFailed = false;
    this.unwritten.clear();
    return this.write({ over, head: null });
  }

  /** @param {Parameters<DraftLog["write"]>[0]} step @returns {Promise<boolean>} whether it is on disk */
  async write(step) {
    const writing = this.log.write(step);
    this.unwritten.add(writing);
    try {
      await writing;
      this.unwritten.delete(writing);
      return true;
    } catch (error) {
      this.written = null;
      this.hasFailed = true;
      this.onFailed(String(error));
      return false;
    }
  }

  /** @param {DraftBasis} basis @returns {DraftHead | undefined} undefined where what is on disk is still right */
  changedHead(basis) {
    const { revision, baseSegments, table } = basis;
    const before = this.written;
    const isSame = before?.basis.table === table && before.version === table.version;
    if (isSame && before.basis.baseSegments === baseSegments) return undefined;
    this.written = { basis, version: table.version };
    return { revision, baseSegments, segments: table.list() };
  }
}
