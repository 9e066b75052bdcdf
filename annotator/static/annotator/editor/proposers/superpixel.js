/** @import {Api} from "../api.js" */
/** @import {Asking, Proposer} from "../suggestions.js" */
/** @import {Store} from "../store.js" */
/** @import {JobWorker} from "../worker/job_worker.js" */
import { t } from "../i18n.js";
import { whenMade } from "./job.js";

/** @typedef {{key: string, imageId: number, isInWorker: boolean, ready: Promise<boolean>}} Kept */

/**
 * Cells of similar colour, made by the server and looked up in the image worker.
 * @param {Api} api @param {Store} store @param {JobWorker} worker
 * @returns {Proposer}
 */
export function superpixelProposer(api, store, worker) {
  /** @type {Kept | null} */
  let kept = null;

  /** @param {Kept} mine @param {Asking} asking @param {string} scale @returns {Promise<boolean>} */
  async function fetchCells(mine, { image, isWanted, tell }, scale) {
    const response = await whenMade(
      api,
      () => api.request("GET", `/images/${image.id}/superpixels/${scale}`, { headers: { Accept: "image/tiff" } }),
      isWanted,
      () => tell(t("The superpixels of this image are being made …")),
    );
    const buffer = await response?.arrayBuffer();
    if (!buffer || kept !== mine) return false;
    mine.isInWorker = true;
    await worker.run("keepCells", { key: mine.key, buffer }, [buffer]);
    return true;
  }

  /** @param {Asking} asking @returns {Promise<string | null>} the key of the cells; null when no longer wanted */
  async function ready(asking) {
    const scale = store.superpixelScale.peek();
    const key = `${asking.image.id}/${scale}`;
    if (kept?.key !== key) {
      kept = { key, imageId: asking.image.id, isInWorker: false, ready: Promise.resolve(false) };
      kept.ready = fetchCells(kept, asking, scale);
    }
    const mine = kept;
    const drop = () => {
      if (kept === mine) kept = null;
    };
    try {
      if ((await mine.ready) && kept === mine) return key;
    } catch (error) {
      drop();
      throw error;
    }
    drop();
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
    forget() {
      if (kept?.isInWorker || kept?.imageId !== store.image.peek()?.id) kept = null;
    },
  };
}
