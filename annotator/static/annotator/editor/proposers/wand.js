/** @import {Proposer} from "../suggestions.js" */
/** @import {Store} from "../store.js" */
/** @import {JobWorker} from "../worker/job_worker.js" */
/** @import {PicturePixels} from "./pixels.js" */
import { t } from "../i18n.js";

/**
 * Pixels of a colour, found in the image worker.
 * @param {Store} store @param {JobWorker} worker @param {PicturePixels} pixels
 * @returns {Proposer}
 */
export function wandProposer(store, worker, pixels) {
  return {
    async prepare({ image, tell }) {
      tell(t("Reading the pixels of the image …"));
      await pixels.ready(image, [Math.floor(image.width / 2), Math.floor(image.height / 2)]);
    },
    async ask({ x, y }, { image }) {
      const key = await pixels.ready(image, [x, y]);
      const options = { tolerance: store.tolerance.peek(), isContiguous: store.isContiguous.peek() };
      return { runs: await worker.run("wand", { key, x, y, ...options }) };
    },
  };
}
