/** @import {Change} from "../diff.js" */
/** @import {DecodedLabels, PackedSave, Segment, TileDelta} from "../types.js" */

/** The page's side of the label worker: one promise per job. */
export class LabelWorker {
  constructor() {
    this.worker = new Worker(new URL("./labels.worker.js", import.meta.url), { type: "module", name: "labels" });
    /** @type {Map<number, {resolve: (value: any) => void, reject: (error: Error) => void}>} */
    this.waiting = new Map();
    this.lastId = 0;
    this.lastMirror = 0;
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
   * @param {number} [mirror] the mirrored label map that the job works on
   * @returns {Promise<any>}
   */
  run(job, payload, transfer = [], mirror = 0) {
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
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
  }

  /**
   * A job on this map; see JOBS in labels.worker.js.
   * @param {string} job @param {unknown} [payload] @param {Transferable[]} [transfer]
   * @returns {Promise<any>}
   */
  run(job, payload, transfer = []) {
    return this.worker.run(job, payload, transfer, this.id);
  }

  /** @param {TileDelta[]} deltas */
  apply(deltas) {
    if (deltas.length) void this.run("apply", deltas);
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
   * @returns {Promise<{tiles: Map<number, Uint16Array>, changes: Change[]}>}
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
