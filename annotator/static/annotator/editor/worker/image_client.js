/** The page's side of the image worker: one promise per job. The worker starts with the first. */
export class ImageWorker {
  constructor() {
    /** @type {Worker | null} */
    this.worker = null;
    /** @type {Map<number, {resolve: (value: any) => void, reject: (error: Error) => void}>} */
    this.waiting = new Map();
    this.lastId = 0;
  }

  /**
   * @param {string} job see JOBS in image.worker.js
   * @param {unknown} payload @param {Transferable[]} [transfer]
   * @returns {Promise<any>}
   */
  run(job, payload, transfer = []) {
    const id = ++this.lastId;
    const worker = (this.worker ??= this.start());
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      worker.postMessage({ id, job, payload }, transfer);
    });
  }

  start() {
    const worker = new Worker(new URL("./image.worker.js", import.meta.url), { type: "module", name: "image" });
    worker.addEventListener("message", ({ data }) => {
      const job = this.waiting.get(data.id);
      this.waiting.delete(data.id);
      if (data.error === undefined) job?.resolve(data.result);
      else job?.reject(new Error(data.error));
    });
    worker.addEventListener("error", (event) => {
      for (const job of this.waiting.values()) job.reject(new Error(`The image worker stopped: ${event.message}`));
      this.waiting.clear();
      this.worker = null;
    });
    return worker;
  }
}
