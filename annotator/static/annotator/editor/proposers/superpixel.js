/** @import {Api} from "../api.js" */
/** @import {Asking, Proposer} from "../suggestions.js" */
/** @import {Store} from "../store.js" */
/** @import {JobWorker} from "../worker/job_worker.js" */
import { t } from "../i18n.js";
import { whenMade } from "./job.js";

/**
 * Cells of similar colour, made by the server and looked up in the image worker.
 * @param {Api} api @param {Store} store @param {JobWorker} worker
 * @returns {Proposer}
 */
export function superpixelProposer(api, store, worker) {
  /** @type {{key: string, ready: Promise<boolean>} | null} */
  let kept = null;

  /** @param {string} key @param {Asking} asking @param {string} scale @returns {Promise<boolean>} */
  async function fetchCells(key, { image, isWanted, tell }, scale) {
    const response = await whenMade(
      api,
      () => api.request("GET", `/images/${image.id}/superpixels/${scale}`, { headers: { Accept: "image/tiff" } }),
      isWanted,
      () => tell(t("The superpixels of this image are being made …")),
    );
    if (!response) return false;
    const buffer = await response.arrayBuffer();
    await worker.run("keepCells", { key, buffer }, [buffer]);
    return true;
  }

  /** @param {Asking} asking @returns {Promise<string | null>} the key of the cells; null when no longer wanted */
  async function ready(asking) {
    const scale = store.superpixelScale.peek();
    const key = `${asking.image.id}/${scale}`;
    if (kept?.key !== key) kept = { key, ready: fetchCells(key, asking, scale) };
    try {
      if (await kept.ready) return key;
    } catch (error) {
      kept = null;
      throw error;
    }
    kept = null;
    return null;
  }

  return {
    async prepare(asking) {
      await ready(asking);
    },
    async ask({ path }, asking) {
      const key = await ready(asking);
      return key ? { runs: await worker.run("cells", { key, path }) } : null;
    },
  };
}
