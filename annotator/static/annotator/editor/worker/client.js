/** @import {Difference} from "../diff.js" */
/** @import {DecodedLabels, PackedSave, Segment, TileDelta} from "../types.js" */

/**
 * @typedef {object} Watch
 * @property {(share: number) => void} [onShare] hears of a long job how much of it is done, 0..1
 * @property {AbortSignal} [signal] gives a long job up; its answer is null then
 */

/** The page's side of the label worker: one promise per job. */
export class LabelWorker {
  constructor() {
    this.worker = new Worker(new URL("./labels.worker.js", import.meta.url), { type: "module", name: "labels" });
    /** @type {Map<number, {resolve: (value: any) => void, reject: (error: Error) => void, watch: Watch}>} */
    this.waiting = new Map();
    this.lastId = 0;
    this.lastMirror = 0;
    this.worker.addEventListener("message", ({ data }) => {
      const job = this.waiting.get(data.id);
      if (data.share !== undefined) return job?.watch.onShare?.(data.share);
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
   * @param {number} [mirror] the mirrored label map that the job works on
   * @param {Watch} [watch]
   * @returns {Promise<any>}
   */
  run(job, payload, transfer = [], mirror = 0, watch = {}) {
    const id = ++this.lastId;
    watch.signal?.addEventListener("abort", () => this.worker.postMessage({ giveUp: id }));
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject, watch });
      this.worker.postMessage({ id, job, payload, mirror }, transfer);
    });
  }

  /** @param {ArrayBuffer} buffer of a label TIFF, given away @returns {Promise<DecodedLabels>} */
  decode(buffer) {
    return this.run("decode", buffer, [buffer]);
  }

  /**
   * Decodes a label map that is to be edited; the worker keeps a mirror of it.
   * @param {ArrayBuffer} buffer of a label TIFF, given away
   * @returns {Promise<{decoded: DecodedLabels, mirror: Mirror}>}
   */
  async open(buffer) {
    const mirror = new Mirror(this, ++this.lastMirror);
    return { decoded: await mirror.run("open", buffer, [buffer]), mirror };
  }
}

/**
 * The worker's copy of an open label map. Messages keep their order, so a job sees every delta that was sent before
 * it, and none that came later.
 */
export class Mirror {
  /** @param {LabelWorker} worker @param {number} id */
  constructor(worker, id) {
    this.worker = worker;
    this.id = id;
    /** How often changes were sent; a job answers with the number that it has seen. */
    this.changes = 0;
  }

  /**
   * A job on this map; see JOBS in labels.worker.js.
   * @param {string} job @param {unknown} [payload] @param {Transferable[]} [transfer] @param {Watch} [watch]
   * @returns {Promise<any>}
   */
  run(job, payload, transfer = [], watch) {
    return this.worker.run(job, payload, transfer, this.id, watch);
  }

  /** @param {TileDelta[]} deltas */
  apply(deltas) {
    if (!deltas.length) return;
    this.changes++;
    void this.run("apply", deltas);
  }

  /**
   * The body of a save as of now.
   * @param {number[]} indices tiles to be saved
   * @param {Segment[]} segments
   * @returns {Promise<PackedSave>}
   */
  pack(indices, segments) {
    return this.run("pack", { indices, segments });
  }

  /**
   * Where the labels differ in class from another labelling of the image.
   * @param {string} layer name under which `keepLayer` put it
   * @returns {Promise<Difference>}
   */
  compare(layer, /** @type {Segment[]} */ segments) {
    return this.run("compare", { layer, segments });
  }

  /**
   * Decodes another labelling of the same image, to be compared with or shown.
   * @param {string} layer @param {ArrayBuffer} buffer given away
   * @returns {Promise<DecodedLabels>}
   */
  keepLayer(layer, buffer) {
    return this.run("keepLayer", { layer, buffer }, [buffer]);
  }

  /** Lets the worker forget the map. */
  close() {
    void this.run("close");
  }
}
