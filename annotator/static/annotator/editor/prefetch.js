/** @import {ImageRecord} from "./types.js" */
/** @import {Api} from "./api.js" */
/** @import {decodeImage} from "./renderer/renderer.js" */

/**
 * Fetches and decodes the image that will probably come next, without claiming it. When another one comes, nothing is
 * lost but the download.
 */
export class Prefetch {
  /**
   * @param {Api} api
   * @param {typeof decodeImage} decode
   */
  constructor(api, decode) {
    this.api = api;
    this.decode = decode;
    /** @type {{id: number, picture: ReturnType<typeof decodeImage>} | null} */
    this.ahead = null;
  }

  /** @param {number} id @returns {ReturnType<typeof decodeImage>} */
  take(id) {
    const ready = this.ahead?.id === id ? this.ahead.picture : null;
    this.ahead = null;
    return ready ?? this.load(id);
  }

  /** @param {number} id */
  async load(id) {
    return this.decode(await this.api.imageFile(id));
  }

  /** @param {number} project @param {string[]} states in the order of the queue @param {number} currentId */
  async lookAhead(project, states, currentId) {
    const image = await this.likelyNext(project, states, currentId);
    if (!image || this.ahead?.id === image.id) return;
    const picture = this.load(image.id);
    picture.catch(() => {
      this.ahead = null;
    });
    this.ahead = { id: image.id, picture };
  }

  /**
   * @param {number} project
   * @param {string[]} states
   * @param {number} currentId
   * @returns {Promise<ImageRecord | null>}
   */
  async likelyNext(project, states, currentId) {
    for (const state of states) {
      const waiting = await this.api.waiting(project, state);
      const image = waiting.find(({ id, claimed_by }) => id !== currentId && !claimed_by);
      if (image) return image;
    }
    return null;
  }
}
