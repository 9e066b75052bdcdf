/** The page's side of a worker that answers jobs (see answer.js): one promise per job. It starts with the first. */
export class JobWorker {
  /** @param {() => Worker} start @param {string} name for messages */
  constructor(start, name) {
    this.start = start;
    this.name = name;
    /** @type {Worker | null} */
    this.worker = null;
    /** @type {Map<number, {resolve: (value: any) => void, reject: (error: Error) => void}>} */
    this.waiting = new Map();
    this.lastId = 0;
  }

  /**
   * @param {string} job see JOBS in the worker's module
   * @param {unknown} payload @param {Transferable[]} [transfer]
   * @returns {Promise<any>}
   */
  run(job, payload, transfer = []) {
    const id = ++this.lastId;
    const worker = (this.worker ??= this.listen());
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      worker.postMessage({ id, job, payload }, transfer);
    });
  }

  listen() {
    const worker = this.start();
    worker.addEventListener("message", ({ data }) => {
      const job = this.waiting.get(data.id);
      this.waiting.delete(data.id);
      if (data.error === undefined) job?.resolve(data.result);
      else job?.reject(new Error(data.error));
    });
    worker.addEventListener("error", (event) => {
      for (const job of this.waiting.values()) job.reject(new Error(`The ${this.name} worker stopped: ${event.message}`));
      this.waiting.clear();
      this.worker = null;
    });
    return worker;
  }
}
