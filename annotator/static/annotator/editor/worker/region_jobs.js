/** @import {LabelMap} from "../labelmap.js" */
import { PLANS, runsOfLayer } from "../operations.js";
import { floodRuns } from "../regions.js";
import { segmentBox } from "../segment_box.js";

/**
 * Jobs on the mirror of the open label map that need all of it: regions and operations on segments.
 * @typedef {{map: LabelMap, layers: Map<string, {map: LabelMap}>}} Mirrored
 */
export const REGION_JOBS = {
  /** {x, y} -> runs of the connected region of one label */
  async flood(/** @type {{x: number, y: number}} */ { x, y }, /** @type {Mirrored} */ { map }) {
    const result = floodRuns(map, x, y);
    return { result, transfer: [result.buffer] };
  },
  /** {id} of a segment -> Box | null */
  async boxOf(/** @type {{id: number}} */ { id }, /** @type {Mirrored} */ { map }) {
    return { result: segmentBox(map, id) };
  },
  /** {operation, ...options of operations.js} -> Edit[] */
  async plan(/** @type {any} */ { operation, ...options }, /** @type {Mirrored} */ { map }) {
    const result = PLANS[operation](map, options).filter(({ runs }) => runs.length > 0);
    return { result, transfer: result.map(({ runs }) => runs.buffer) };
  },
  /** {layer, ids | null} -> {id, runs}[] of another labelling that `keepLayer` put here */
  async layerRuns(/** @type {any} */ { layer, ids }, /** @type {Mirrored} */ { layers }) {
    const kept = layers.get(layer);
    if (!kept) throw new Error(`The labelling ${layer} is not at hand.`);
    const result = runsOfLayer(kept.map, ids);
    return { result, transfer: result.map(({ runs }) => runs.buffer) };
  },
};
