/** @import {DecodedLabels} from "../types.js" */
import { compareLabels } from "../diff.js";
import { LabelMap } from "../labelmap.js";
import { countRuns, packTile } from "../tile.js";
import { SegmentTable } from "../segments.js";
import { decodeLabels } from "../tiff.js";
import { packSave } from "../wire.js";
import { MirroredMap } from "./mirrored_map.js";
import { REGION_JOBS } from "./region_jobs.js";
import { WorkerTurns } from "./worker_turns.js";

/** Mirrors are read and written now and then; most of their tiles stay packed. */
const OPEN_TILES = 256;

/**
 * @typedef {(payload: any, mirror: MirroredMap, turns: WorkerTurns, id: number) =>
 *   Promise<{result: any, transfer?: Transferable[]}>} Job
 */

/** @type {Map<number, MirroredMap>} */
const mirrors = new Map();
/** @type {Set<number>} jobs in progress that nobody waits for any more */
const givenUp = new Set();

/**
 * Heavy work off the page's thread. A message is {id, job, payload, mirror} or {giveUp: id}; answers are {id, share}
 * while it goes on, then {id, result} or {id, error}.
 * @type {Record<string, Job>}
 */
const JOBS = {
  ...REGION_JOBS,
  /** ArrayBuffer of a label TIFF -> DecodedLabels */
  async decode(buffer) {
    const result = decodeLabels(buffer);
    return { result, transfer: buffersOf(result) };
  },
  /** ArrayBuffer of a label TIFF -> DecodedLabels, mirrored here from now on */
  async open(buffer, _, __, id) {
    const decoded = decodeLabels(buffer);
    const map = mirrorOf(decoded);
    decoded.counts = map.counts.slice();
    mirrors.set(id, new MirroredMap(map));
    const isLarge = decoded.tiles.length > new LabelMap(1, 1).openTiles;
    const result = isLarge ? { ...decoded, tiles: packedTilesOf(map) } : decoded;
    return { result, transfer: buffersOf(result) };
  },
  async close(_, mirror, __, id) {
    mirror.isClosed = true;
    mirrors.delete(id);
    return { result: null };
  },
  /** TileDelta[] that the page has written */
  async apply(deltas, mirror) {
    mirror.apply(deltas);
    return { result: null };
  },
  /** {indices, segments} -> PackedSave */
  async pack({ indices, segments }, { map, fault }) {
    if (fault) throw new Error(`The strokes could not be prepared for saving (${fault}). Load the page again.`);
    const result = await packSave(map, indices, segments);
    return { result, transfer: [result.tiles.buffer] };
  },
  /** {layer, buffer} -> DecodedLabels, kept under that name too */
  async keepLayer({ layer, buffer }, { layers }) {
    const decoded = decodeLabels(buffer);
    layers.set(layer, { map: mirrorOf(decoded), segments: new SegmentTable(decoded.segments) });
    return { result: decoded, transfer: buffersOf(decoded) };
  },
  /** {layer, segments} -> {tiles, changes} */
  async compare({ layer, segments }, { map, layers }) {
    const before = layers.get(layer);
    if (!before) throw new Error(`The labelling ${layer} is not at hand.`);
    const result = compareLabels(before, { map, segments: new SegmentTable(segments) });
    return { result, transfer: [...result.tiles.values()].map(({ buffer }) => buffer) };
  },
};

/** A copy of decoded labels, packed. @param {DecodedLabels} decoded */
function mirrorOf(decoded) {
  const map = new LabelMap(decoded.width, decoded.height, { openTiles: OPEN_TILES });
  decoded.tiles.forEach((tile, index) => {
    const packed = tile instanceof Uint16Array ? packTile(tile) : tile;
    if (!packed) return;
    map.packed.set(index, packed);
    countRuns(packed, map.counts);
  });
  return map;
}

/** @param {LabelMap} map @returns {DecodedLabels["tiles"]} */
function packedTilesOf(map) {
  return Array.from({ length: map.tileCount }, (_, index) => map.packed.get(index) ?? null);
}

/** What may be given away with the answer; packed tiles are shared with the mirror. @param {DecodedLabels} decoded */
function buffersOf({ tiles }) {
  return tiles.flatMap((tile) => (tile instanceof Uint16Array ? [/** @type {ArrayBuffer} */ (tile.buffer)] : []));
}

self.addEventListener("message", async ({ data: { id, job, payload, mirror, giveUp } }) => {
  if (giveUp !== undefined) return givenUp.add(giveUp);
  const known = /** @type {MirroredMap} */ (mirrors.get(mirror));
  const turns = new WorkerTurns(
    (share) => self.postMessage({ id, share }),
    () => givenUp.has(id) || (known?.isClosed ?? false),
  );
  try {
    const { result, transfer = [] } = await JOBS[job](payload, known, turns, mirror);
    self.postMessage({ id, result }, { transfer });
  } catch (error) {
    self.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  } finally {
    givenUp.delete(id);
  }
});
