/** @import {Api} from "../api.js" */
import { t } from "../i18n.js";

const POLL_MS = 400;

/** The server says no, in a sentence for the user. */
export class Refusal extends Error {}

/**
 * Waits for a job of the server that somebody sits in front of.
 * @param {Api} api
 * @param {string | number} job
 * @param {() => boolean} isWanted
 * @returns {Promise<boolean>} false when it is no longer wanted
 * @throws {Refusal} when the job failed or was cancelled
 */
export async function whenDone(api, job, isWanted) {
  while (isWanted()) {
    const { state, error } = await (await api.request("GET", `/jobs/${job}`)).json();
    if (state === "succeeded") return true;
    if (state === "failed")
      throw new Refusal(t("The server could not prepare this image: {reason}", { reason: error }));
    if (state === "cancelled") throw new Refusal(t("The preparation of this image was cancelled."));
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return false;
}

/**
 * Asks for something that the server may first have to make.
 * @param {Api} api
 * @param {() => Promise<Response>} ask
 * @param {() => boolean} isWanted
 * @param {() => void} onWait
 * @returns {Promise<Response | null>} null when it is no longer wanted
 */
export async function whenMade(api, ask, isWanted, onWait) {
  for (;;) {
    const response = await ask();
    if (response.status !== 202) return response;
    onWait();
    const { job } = await response.json();
    if (!(await whenDone(api, job.id ?? job, isWanted))) return null;
  }
}
