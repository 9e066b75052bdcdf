/** @import {Segment, TileDelta} from "./types.js" */
import { createStore, promisifyRequest } from "idb-keyval";

/**
 * @typedef {object} DraftHead
 * @property {number} revision revision that the strokes were made on
 * @property {Segment[]} baseSegments table of that revision
 * @property {Segment[]} segments table after the strokes
 *
 * @typedef {{deltas: TileDelta[], savedAt: number}} DraftStroke savedAt: milliseconds since 1970
 *
 * @typedef {object} Draft
 * @property {DraftHead} head
 * @property {TileDelta[]} deltas in the order in which they were made
 * @property {number} strokes
 * @property {number} savedAt milliseconds since 1970
 * @property {() => Promise<void>} forget
 */

const ORPHAN_AFTER_MS = 15_000;

/**
 * Strokes that the server does not have yet, kept in IndexedDB as a log per user, image and sitting: one small record a
 * stroke, one head. A tab holds a lock while it lives, so that another takes over only what a closed or crashed one
 * left behind.
 */
export class Drafts {
  /** @param {string} user */
  constructor(user) {
    this.user = user;
    this.tab = crypto.getRandomValues(new Uint32Array(2)).join("-");
    this.sittings = 0;
    /** @type {Set<string>} of this tab, still at work */
    this.openSittings = new Set();
    this.database = createStore("maskloop-strokes", "strokes");
    navigator.locks?.request(`maskloop-draft-${this.tab}`, () => new Promise(() => {}));
  }

  /** @param {number} imageId @returns {DraftLog} */
  open(imageId) {
    const sitting = `${this.tab}/${++this.sittings}`;
    this.openSittings.add(sitting);
    return new DraftLog(this, imageId, sitting);
  }

  /**
   * Drafts of this image that nobody alive works on, oldest first.
   * @param {number} imageId
   * @returns {Promise<Draft[]>}
   */
  async orphans(imageId) {
    const living = await livingTabs();
    /** @type {Map<string, {head: DraftHead | null, strokes: DraftStroke[]}>} */
    const found = new Map();
    for (const [key, value] of await this.records(imageId)) {
      const [, , sitting, part] = /** @type {[string, number, string, string | number]} */ (key);
      let log = found.get(sitting);
      if (!log) found.set(sitting, (log = { head: null, strokes: [] }));
      if (part === "head") log.head = value;
      else log.strokes.push(value);
    }
    return [...found]
      .flatMap(([sitting, { head, strokes }]) => {
        const savedAt = strokes.at(-1)?.savedAt ?? 0;
        if (!head || this.isAlive(sitting, living, savedAt)) return [];
        const forget = () => this.transact((store) => store.delete(partsOf(this.user, imageId, sitting)));
        return [{ head, deltas: strokes.flatMap(({ deltas }) => deltas), strokes: strokes.length, savedAt, forget }];
      })
      .sort((a, b) => a.savedAt - b.savedAt);
  }

  /** @param {string} sitting @param {Set<string> | null} living @param {number} savedAt */
  isAlive(sitting, living, savedAt) {
    const [tab] = sitting.split("/");
    if (tab === this.tab) return this.openSittings.has(sitting);
    return living ? living.has(tab) : Date.now() - savedAt < ORPHAN_AFTER_MS;
  }

  /** @param {number} imageId @returns {Promise<[IDBValidKey, any][]>} by rising key */
  records(imageId) {
    const range = IDBKeyRange.bound([this.user, imageId], [this.user, imageId, []]);
    return this.database("readonly", async (store) => {
      const [keys, values] = await Promise.all([
        promisifyRequest(store.getAllKeys(range)),
        promisifyRequest(store.getAll(range)),
      ]);
      return keys.map((key, i) => [key, values[i]]);
    });
  }

  /** One transaction: all of it is written or nothing. @param {(store: IDBObjectStore) => void} write */
  transact(write) {
    return this.database("readwrite", (store) => {
      write(store);
      return promisifyRequest(store.transaction);
    });
  }
}

/** The draft of one image as this sitting writes it. */
export class DraftLog {
  /** @param {Drafts} drafts @param {number} imageId @param {string} sitting */
  constructor(drafts, imageId, sitting) {
    this.drafts = drafts;
    this.imageId = imageId;
    this.sitting = sitting;
  }

  /** @param {string | number} part */
  key(part) {
    return [this.drafts.user, this.imageId, this.sitting, part];
  }

  /**
   * One step of the log: what is over goes, what is new comes, both or neither.
   * @param {{over?: number, stroke?: number, deltas?: TileDelta[], head?: DraftHead | null}} step over: number of the
   *   last stroke that need not be kept any more; stroke: number of the one that `deltas` are of; head: null takes it
   *   away, undefined leaves it
   * @returns {Promise<void>} once it is on disk
   */
  write({ over, stroke, deltas, head }) {
    return this.drafts.transact((store) => {
      if (over !== undefined) store.delete(IDBKeyRange.bound(this.key(-Infinity), this.key(over)));
      if (stroke !== undefined) store.put({ deltas, savedAt: Date.now() }, this.key(stroke));
      if (head) store.put(head, this.key("head"));
      if (head === null) store.delete(this.key("head"));
    });
  }

  /** The sitting is over; what is still in the log may be taken over by another. */
  close() {
    this.drafts.openSittings.delete(this.sitting);
  }
}

/** @param {string} user @param {number} imageId @param {string} sitting */
function partsOf(user, imageId, sitting) {
  return IDBKeyRange.bound([user, imageId, sitting], [user, imageId, sitting, []]);
}

/** @returns {Promise<Set<string> | null>} null where this browser cannot tell */
async function livingTabs() {
  if (!navigator.locks) return null;
  const { held = [] } = await navigator.locks.query();
  return new Set(held.flatMap(({ name }) => name?.match(/^maskloop-draft-(.*)/)?.[1] ?? []));
}
