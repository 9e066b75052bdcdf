/** @import {LabelMap} from "../labelmap.js" */
/** @import {SegmentPlan} from "../segment_plan.js" */
/** @import {SegmentTable} from "../segments.js" */
/** @import {TileDelta} from "../types.js" */
import { writeDelta } from "../rasterizer.js";

/** @typedef {{map: LabelMap, segments: SegmentTable}} Layer */

/** The worker's copy of a label map that is open in the page. */
export class MirroredMap {
  /** @param {LabelMap} map */
  constructor(map) {
    this.map = map;
    /** @type {Map<string, Layer>} other labellings of the image */
    this.layers = new Map();
    /** How often the page sent changes: by it the page knows whether an answer is of the labels as they are. */
    this.changes = 0;
    /** @type {{key: number, plan: SegmentPlan} | null} the last one that was asked for */
    this.planned = null;
    this.isClosed = false;
    /** Why the map is no longer what the page has: nothing may be saved from it. */
    this.fault = "";
  }

  /** @param {TileDelta[]} deltas that the page has written */
  apply(deltas) {
    this.changes++;
    this.planned?.plan.note(deltas);
    try {
      for (const delta of deltas) writeDelta(this.map, delta);
    } catch (error) {
      this.fault = error instanceof Error ? error.message : String(error);
      throw error;
    }
  }
}
