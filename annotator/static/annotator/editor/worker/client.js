/** @import {DecodedLabels} from "../types.js" */
/** @import {LabelMap} from "../labelmap.js" */

/** The page's side of the label worker: one promise per job. */
export class LabelWorker {
  constructor() {
    this.worker = new Worker(new URL("./labels.worker.js", import.meta.url), { type: "module", name: "labels" });
    /** @type {Map<number, {resolve: (value: any) => void, reject: (error: Error) => void}>} */
    this.waiting = new Map();
    this.lastId = 0;
    this.worker.addEventListener("message", ({ data }) => {
      const job = this.waiting.get(data.id);
      this.waiting.delete(data.id);
      if (data.error === undefined) job?.resolve(data.result);
      else job?.reject(new Error(data.error));
    });
    this.worker.addEventListener("error", (event) => {
      for (const job of this.waiting.values()) job.reject(new Error(`The label worker stopped: ${event.message}`));
      this.waiting.clear();
    });
  }

  /**
   * @param {string} job @param {unknown} payload @param {Transferable[]} [transfer]
   * @returns {Promise<any>}
   */
  run(job, payload, transfer = []) {
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ id, job, payload }, transfer);
    });
  }

  /** @param {ArrayBuffer} buffer given away @returns {Promise<DecodedLabels>} */
  decode(buffer) {
    return this.run("decode", buffer, [buffer]);
  }

  /** @param {Uint16Array | null} tile @returns {Promise<Uint8Array>} */
  deflate(tile) {
    return this.run("deflate", tile);
  }

  /** @param {LabelMap} map @param {number} x @param {number} y @returns {Promise<Int32Array>} */
  flood({ width, height, tiles }, x, y) {
    return this.run("flood", { width, height, tiles, x, y });
  }
}
