/** @import {MirroredMap} from "./mirrored_map.js" */
/** @import {WorkerTurns} from "./worker_turns.js" */
import { outlinesOf } from "../outlines.js";
import { runsOfLayer } from "../operations.js";
import { packEdits } from "../packed_edits.js";
import { floodRuns } from "../regions.js";
import { segmentBox } from "../segment_box.js";
import { SegmentPlan } from "../segment_plan.js";

/** Jobs on the mirror of the open label map that need all of it: regions and operations on segments. */
export const REGION_JOBS = {
  /** {x, y} -> runs of the connected region of one label */
  async flood(/** @type {{x: number, y: number}} */ { x, y }, /** @type {MirroredMap} */ { map }) {
    const result = floodRuns(map, x, y);
    return { result, transfer: [result.buffer] };
  },
  /** {id} of a segment -> Box | null */
  async boxOf(/** @type {{id: number}} */ { id }, /** @type {MirroredMap} */ { map }) {
    return { result: segmentBox(map, id) };
  },
  /**
   * {key, operation, ...options of operations.js} -> {edits, changes} | null where it was given up. Asked again under
   * the same key, only what changed since is worked out.
   */
  async plan(
    /** @type {any} */ { key, operation, ...options },
    /** @type {MirroredMap} */ mirror,
    /** @type {WorkerTurns} */ turns,
  ) {
    const { planned } = mirror;
    const isKnown = planned && planned.key === key;
    const plan = isKnown ? planned.plan : new SegmentPlan(mirror.map, operation, options);
    mirror.planned = { key, plan };
    if (!(await turns.run(plan.work()))) return { result: null };
    const edits = packEdits(plan.edits);
    const transfer = [edits.ids.buffer, edits.likes.buffer, edits.ends.buffer, edits.runs.buffer];
    return { result: { edits, changes: mirror.changes }, transfer };
  },
  /** {layer, ids | null} -> {id, runs}[] of another labelling that `keepLayer` put here */
  async layerRuns(/** @type {any} */ { layer, ids }, /** @type {MirroredMap} */ { layers }) {
    const kept = layers.get(layer);
    if (!kept) throw new Error(`The labelling ${layer} is not at hand.`);
    const result = runsOfLayer(kept.map, ids);
    return { result, transfer: result.map(({ runs }) => runs.buffer) };
  },
  /** {layer, ids} -> {class, path}[] of another labelling: SVG path data, one path a class */
  async outlines(
    /** @type {any} */ { layer, ids },
    /** @type {MirroredMap} */ mirror,
    /** @type {WorkerTurns} */ turns,
  ) {
    const kept = mirror.layers.get(layer);
    if (!kept) throw new Error(`The labelling ${layer} is not at hand.`);
    const found = await turns.run(outlinesOf(kept.map, kept.segments, ids));
    return { result: found?.value ?? [] };
  },
};
