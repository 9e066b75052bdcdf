import { JobWorker } from "./job_worker.js";

/** Decodes pictures and cuts them into tiles; see JOBS in picture.worker.js. */
export function createPictureWorker() {
  const url = new URL("./picture.worker.js", import.meta.url);
  return new JobWorker(() => new Worker(url, { type: "module", name: "picture" }), "picture");
}
