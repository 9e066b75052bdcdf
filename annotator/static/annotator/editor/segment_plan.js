/** @import {Edit, PlanOptions} from "./operations.js" */
/** @import {ReadableMap} from "./regions.js" */
/** @import {TileDelta} from "./types.js" */
import { EACH, TOGETHER } from "./operations.js";
import { readRunsById, tableOf } from "./regions.js";
import { finish } from "./turns.js";

/** Reading the map is this share of the work; the operation itself is the rest. */
const READING = 0.5;

/**
 * What an operation on segments is to write. It is worked out in pauses, while the map may change: then only the
 * segments that changed are worked out anew.
 */
export class SegmentPlan {
  /** @param {ReadableMap} map @param {string} operation a name in operations.js @param {PlanOptions} options */
  constructor(map, operation, options) {
    this.map = map;
    this.operation = operation;
    this.options = options;
    this.isOfEach = operation in EACH;
    this.chosen = new Set(options.ids);
    /** Chosen segments whose edits are not known, or no longer right. */
    this.stale = new Set(this.chosen);
    this.isStale = true;
    /** @type {Map<number, Edit[]>} by segment; under 0 those of an operation on all together */
    this.bySegment = new Map();
    this.lastNew = 0;
  }

  /** @returns {Edit[]} right once `work` is done; from top to bottom, so that the page draws each tile anew once */
  get edits() {
    const edits = [...this.bySegment.values()].flat();
    return edits.filter(({ runs }) => runs.length > 0).sort((a, b) => a.runs[0] - b.runs[0]);
  }

  /** Takes note of a change of the map. @param {TileDelta[]} deltas */
  note(deltas) {
    this.isStale ||= deltas.length > 0;
    for (const { before, after } of deltas) {
      for (const side of [before, after]) for (const id of side) if (this.chosen.has(id)) this.stale.add(id);
    }
  }

  /** @returns {Generator<number, void>} yields the share that is done, 0..1 */
  *work() {
    if (this.isOfEach) while (this.stale.size) yield* this.workOutEach();
    else
      while (this.isStale) {
        this.isStale = false;
        this.bySegment.set(0, yield* TOGETHER[this.operation](this.map, this.options));
      }
  }

  /** @returns {Generator<number, void>} */
  *workOutEach() {
    const { map, options } = this;
    const ids = [...this.stale];
    this.stale.clear();
    const reading = readRunsById(map, tableOf(ids));
    let step = reading.next();
    for (; !step.done; step = reading.next()) yield READING * step.value;
    const bounds = { x0: 0, y0: 0, x1: map.width, y1: map.height };
    const newId = () => --this.lastNew;
    let done = 0;
    for (const id of ids) {
      const runs = step.value.get(id);
      this.bySegment.set(id, runs ? EACH[this.operation](runs, { ...options, id, bounds, newId }) : []);
      yield READING + ((1 - READING) * ++done) / ids.length;
    }
  }
}

/**
 * A plan worked out in one go.
 * @param {ReadableMap} map @param {string} operation @param {PlanOptions} options
 * @returns {Edit[]}
 */
export function planOf(map, operation, options) {
  const plan = new SegmentPlan(map, operation, options);
  finish(plan.work());
  return plan.edits;
}
