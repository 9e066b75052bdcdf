import { JobWorker } from "./job_worker.js";

/** Reads pixels for the wand, the livewire and superpixels; see JOBS in image.worker.js. */
export function createImageWorker() {
  const url = new URL("./image.worker.js", import.meta.url);
  return new JobWorker(() => new Worker(url, { type: "module", name: "image" }), "image");
}
