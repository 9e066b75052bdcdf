/** @import {Proposer} from "../suggestions.js" */
/** @import {Store} from "../store.js" */
/** @import {JobWorker} from "../worker/job_worker.js" */
/** @import {PicturePixels} from "./pixels.js" */
/** @import {WandSeed} from "../types.js" */
/** @import {WandOptions} from "../worker/wand.js" */
import { t } from "../i18n.js";

/**
 * Pixels of a colour, found in the image worker.
 * @param {Store} store @param {JobWorker} worker @param {PicturePixels} pixels
 * @returns {Proposer}
 */
export function wandProposer(store, worker, pixels) {
  /**
   * Options of seeds that others came after: those that are changed now are for the newest.
   * @type {WeakMap<WandSeed, WandOptions>}
   */
  const optionsOf = new WeakMap();

  /** @param {WandSeed[]} seeds */
  function withOptions(seeds) {
    const options = {
      tolerance: store.tolerance.peek(),
      isContiguous: store.isContiguous.peek(),
      samplePx: store.samplePx.peek(),
      grainPixels: store.grainPixels.peek(),
    };
    optionsOf.set(seeds[seeds.length - 1], options);
    return seeds.map((seed) => ({ ...seed, ...(optionsOf.get(seed) ?? options) }));
  }

  return {
    async prepare({ image, tell }) {
      tell(t("Reading the pixels of the image …"));
      await pixels.ready(image, [Math.floor(image.width / 2), Math.floor(image.height / 2)]);
    },
    async ask({ seeds }, { image }) {
      const { x, y } = seeds[seeds.length - 1];
      const key = await pixels.ready(image, [x, y]);
      return { runs: await worker.run("wand", { key, seeds: withOptions(seeds) }) };
    },
  };
}
