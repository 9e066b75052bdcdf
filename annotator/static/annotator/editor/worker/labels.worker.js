import { LabelMap } from "../labelmap.js";
import { floodRuns } from "../regions.js";
import { decodeLabels, deflateTile } from "../tiff.js";

/**
 * Heavy work off the page's thread. A message is {id, job, payload}; the answer {id, result} or {id, error}.
 * @type {Record<string, (payload: any) => Promise<{result: any, transfer: Transferable[]}>>}
 */
const JOBS = {
  /** ArrayBuffer of a label TIFF -> DecodedLabels */
  async decode(buffer) {
    const result = await decodeLabels(buffer);
    return { result, transfer: result.tiles.flatMap((tile) => (tile ? [tile.buffer] : [])) };
  },
  /** Uint16Array | null, one tile -> its zlib bytes */
  async deflate(tile) {
    const result = await deflateTile(tile);
    return { result, transfer: [result.buffer] };
  },
  /** {width, height, tiles, x, y} -> row runs of the connected region */
  async flood({ width, height, tiles, x, y }) {
    const map = new LabelMap(width, height);
    map.tiles = tiles;
    const result = floodRuns(map, x, y);
    return { result, transfer: [result.buffer] };
  },
};

self.addEventListener("message", async ({ data: { id, job, payload } }) => {
  try {
    const { result, transfer } = await JOBS[job](payload);
    self.postMessage({ id, result }, { transfer });
  } catch (error) {
    self.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  }
});
