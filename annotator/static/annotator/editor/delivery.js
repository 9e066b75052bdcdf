/** @import {ImageRecord} from "./types.js" */
/** @import {Api} from "./api.js" */
/** @import {Sync} from "./sync.js" */
import { ApiError, OfflineError } from "./api.js";

/** @typedef {"submit" | "accept" | "return"} Verb */

const RETRY_MS = 2_000;
const STATE_AFTER = { submit: "submitted", accept: "accepted", return: "returned" };

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
   * @throws {ApiError} when the server refuses, or a person has to choose; nothing is lost then
   */
  async deliver(image, sync, verb, body) {
    await this.carry(sync, async () => {
      await this.saveAll(sync, { accepts: true });
      await this.act(image.id, verb, body);
    });
  }

  /**
   * The same for an image that was only left: its strokes.
   * @param {Sync} sync
   * @throws {ApiError} as `deliver` does
   */
  async save(sync) {
    await this.carry(sync, () => this.saveAll(sync, { accepts: false }));
  }

  /** @param {Sync} sync @param {() => Promise<void>} work */
  async carry(sync, work) {
    this.waiting.add(sync);
    this.onChange(this.waiting.size);
    try {
      await work();
    } finally {
      this.waiting.delete(sync);
      this.onChange(this.waiting.size);
    }
  }

  /** @param {Sync} sync @param {{accepts: boolean}} options whether a prediction that is shown becomes the labels */
  async saveAll(sync, { accepts }) {
    for (;;) {
      if (await (accepts ? sync.acceptPrediction() : sync.flush())) return;
      if (!sync.trouble?.isServers) throw new ApiError(409, { detail: sync.state.detail });
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
