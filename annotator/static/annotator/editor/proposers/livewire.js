/** @import {Proposer} from "../suggestions.js" */
/** @import {JobWorker} from "../worker/job_worker.js" */
/** @import {PicturePixels} from "./pixels.js" */
import { t } from "../i18n.js";

/**
 * Lines along edges, found in the image worker.
 * @param {JobWorker} worker @param {PicturePixels} pixels
 * @returns {Proposer}
 */
export function livewireProposer(worker, pixels) {
  return {
    async prepare({ image, tell }) {
      tell(t("Reading the pixels of the image …"));
      await pixels.ready(image, [Math.floor(image.width / 2), Math.floor(image.height / 2)]);
    },
    async ask({ anchors, pointer }, { image }) {
      const key = await pixels.ready(image, pointer ?? anchors[0]);
      return worker.run("trace", { key, anchors, pointer });
    },
  };
}
