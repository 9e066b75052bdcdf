/** @import {Segment} from "./types.js" */
/** @import {MyTile} from "./merge.js" */
import { createStore, delMany, entries, setMany } from "idb-keyval";

/**
 * @typedef {object} DraftHead
 * @property {number} revision revision that the strokes were made on
 * @property {boolean} isOnPrediction whether they were made on the prediction
 * @property {Segment[]} baseSegments
 * @property {Segment[]} segments
 * @property {number} strokes
 * @property {number} savedAt milliseconds since 1970
 *
 * @typedef {DraftHead & {tiles: Map<number, MyTile>, keys: IDBValidKey[]}} Draft
 */

const ORPHAN_AFTER_MS = 15_000;

/**
 * Strokes that the server does not have yet, kept in IndexedDB per user, image and tab. A tab holds a lock while it
 * lives, so that another tab takes over only what a closed or crashed one left behind.
 */
export class Drafts {
  /** @param {string} user */
  constructor(user) {
    this.user = user;
    this.tab = crypto.getRandomValues(new Uint32Array(2)).join("-");
    this.database = createStore("maskloop-drafts", "tiles");
    navigator.locks?.request(`maskloop-draft-${this.tab}`, () => new Promise(() => {}));
  }

  /** @param {number} imageId @param {string | number} part */
  key(imageId, part) {
    return [this.user, imageId, this.tab, part];
  }

  /**
   * @param {number} imageId
   * @param {Omit<DraftHead, "savedAt">} head
   * @param {Map<number, MyTile>} tiles
   */
  async put(imageId, head, tiles) {
    /** @type {[IDBValidKey, any][]} */
    const records = [[this.key(imageId, "head"), { ...head, savedAt: Date.now() }]];
    for (const [index, tile] of tiles) records.push([this.key(imageId, index), tile]);
    await setMany(records, this.database);
  }

  /** @param {number} imageId @param {Iterable<number>} indices tiles that the server has now */
  async drop(imageId, indices) {
    await delMany(
      [...indices].map((index) => this.key(imageId, index)),
      this.database,
    );
  }

  /** @param {number} imageId @param {Iterable<number>} indices */
  async clear(imageId, indices) {
    await delMany([this.key(imageId, "head"), ...[...indices].map((i) => this.key(imageId, i))], this.database);
  }

  /**
   * @param {IDBValidKey[]} keys of a draft that was put back
   * @param {{keepOwn: boolean}} options whether this tab has written its own records again meanwhile
   */
  async forget(keys, { keepOwn }) {
    const isOwn = (/** @type {IDBValidKey} */ key) => Array.isArray(key) && key[2] === this.tab;
    await delMany(keepOwn ? keys.filter((key) => !isOwn(key)) : keys, this.database);
  }

  /**
   * Drafts of this image that no other living tab owns, oldest first; to be asked before the image is edited.
   * @param {number} imageId
   * @returns {Promise<Draft[]>}
   */
  async orphans(imageId) {
    const held = await navigator.locks?.query();
    const living = held?.held?.map((lock) => lock.name);
    /** @type {Map<string, {head?: DraftHead, tiles: Map<number, MyTile>, keys: IDBValidKey[]}>} */
    const found = new Map();
    for (const [key, value] of await entries(this.database)) {
      const [user, image, tab, part] = /** @type {[string, number, string, string | number]} */ (
        /** @type {unknown} */ (key)
      );
      if (user !== this.user || image !== imageId) continue;
      if (tab !== this.tab && living?.includes(`maskloop-draft-${tab}`)) continue;
      let draft = found.get(tab);
      if (!draft) found.set(tab, (draft = { tiles: new Map(), keys: [] }));
      draft.keys.push(key);
      if (part === "head") draft.head = value;
      else draft.tiles.set(Number(part), value);
    }
    const isOrphan = (/** @type {string} */ tab, /** @type {DraftHead} */ head) =>
      living !== undefined || tab === this.tab || Date.now() - head.savedAt > ORPHAN_AFTER_MS;
    return [...found]
      .flatMap(([tab, { head, tiles, keys }]) => (head && isOrphan(tab, head) ? [{ ...head, tiles, keys }] : []))
      .sort((a, b) => a.savedAt - b.savedAt);
  }
}
