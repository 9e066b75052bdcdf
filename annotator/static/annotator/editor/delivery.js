/** @import {ImageRecord} from "./types.js" */
/** @import {Api} from "./api.js" */
/** @import {Sync} from "./sync.js" */
import { ApiError, OfflineError } from "./api.js";

/** @typedef {"submit" | "accept" | "return"} Verb */

const RETRY_MS = 2_000;
const STATE_AFTER = { submit: "submitted", accept: "accepted", return: "returned" };

/** Somebody else drew on the same pixels while the image was on its way; the user has to look. */
export class ContestedError extends Error {}

/** Images that the user is done with, on their way to the server: strokes first, then the step to the next state. */
export class Delivery {
  /**
   * @param {Pick<Api, "act" | "image">} api
   * @param {(waiting: number) => void} onChange how many images are on their way
   */
  constructor(api, onChange) {
    this.api = api;
    this.onChange = onChange;
    /** @type {Set<Sync>} */
    this.waiting = new Set();
  }

  /** Whether closing the page now would lose a stroke or a step. */
  get wouldLose() {
    return this.waiting.size > 0;
  }

  /**
   * Goes on until the server has it all, however long it cannot be reached.
   * @param {ImageRecord} image @param {Sync} sync @param {Verb} verb @param {unknown} [body]
   * @throws {ApiError | ContestedError} when the server refuses, or a person has to choose; nothing is lost then
   */
  async deliver(image, sync, verb, body) {
    this.waiting.add(sync);
    this.onChange(this.waiting.size);
    try {
      await this.saveAll(sync);
      await this.act(image.id, verb, body);
    } finally {
      this.waiting.delete(sync);
      this.onChange(this.waiting.size);
    }
  }

  /** @param {Sync} sync */
  async saveAll(sync) {
    for (;;) {
      const isSaved = await (sync.isPrediction ? sync.acceptPrediction() : sync.flush());
      if (sync.isContested) throw new ContestedError("Someone else drew on the same pixels meanwhile.");
      if (isSaved) return;
      if (sync.state.kind !== "offline") throw new ApiError(409, { detail: sync.state.detail });
      await pause(RETRY_MS);
    }
  }

  /** @param {number} id @param {Verb} verb @param {unknown} body */
  async act(id, verb, body) {
    for (let isFirst = true; ; isFirst = false) {
      try {
        // The answer to the last try may have been lost: then the step is done.
        if (!isFirst && (await this.api.image(id)).state === STATE_AFTER[verb]) return;
        await this.api.act(id, verb, body);
        return;
      } catch (error) {
        if (!(error instanceof OfflineError)) throw error;
        await pause(RETRY_MS);
      }
    }
  }
}

/** @param {number} ms */
function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
