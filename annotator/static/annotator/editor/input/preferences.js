/** @import {Api} from "../api.js" */
/** @import {Store} from "../store.js" */
import { effect, signal } from "@preact/signals-core";
import { OfflineError } from "../api.js";

/**
 * What a user chose for themselves, kept on the server for all their browsers and here for a quick start.
 *
 * @typedef {object} Chosen
 * @property {Record<string, string[]>} [keymap] keys by action, where they are not the usual ones
 * @property {"project" | "distinct" | "colour-blind"} [palette]
 * @property {boolean} [hatching]
 * @property {boolean} [pen_pressure]
 * @property {boolean} [minimap]
 * @property {boolean} [rulers]
 *
 * @typedef {{chosen: Chosen, isUnsent: boolean}} Kept
 */

const SEND_AFTER_MS = 600;

export class Preferences {
  /**
   * @param {string} owner name of the user; people share browsers
   * @param {Pick<Storage, "getItem" | "setItem">} storage
   * @param {{read: () => Promise<Chosen>, write: (chosen: Chosen) => Promise<unknown>}} server
   * @param {(error: Error) => void} onRefused
   */
  constructor(owner, storage, server, onRefused) {
    this.key = `maskloop-preferences-${owner}`;
    this.storage = storage;
    this.server = server;
    this.onRefused = onRefused;
    /** @type {Kept} */
    const kept = JSON.parse(storage.getItem(this.key) ?? '{"chosen": {}, "isUnsent": false}');
    this.chosen = signal(kept.chosen);
    this.isUnsent = kept.isUnsent;
    this.timer = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);
  }

  /** Takes the server's copy; what was chosen here and never arrived there goes there first. */
  async load() {
    if (this.isUnsent) return this.send();
    await this.attempt(async () => {
      const stored = await this.server.read();
      if (!this.isUnsent) this.keep(stored, false);
    });
  }

  /** @param {Partial<Chosen>} part */
  set(part) {
    this.keep({ ...this.chosen.peek(), ...part }, true);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.send(), SEND_AFTER_MS);
  }

  async send() {
    const sent = this.chosen.peek();
    await this.attempt(async () => {
      await this.server.write(sent);
      if (this.chosen.peek() === sent) this.keep(sent, false);
    });
  }

  /** @param {Chosen} chosen @param {boolean} isUnsent */
  keep(chosen, isUnsent) {
    this.chosen.value = chosen;
    this.isUnsent = isUnsent;
    this.storage.setItem(this.key, JSON.stringify({ chosen, isUnsent }));
  }

  /**
   * Being offline is no failure: the copy in this browser holds, and is sent with the next change or the next visit.
   * @param {() => Promise<unknown>} work
   */
  async attempt(work) {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      if (!(error instanceof OfflineError)) this.onRefused(error);
    }
  }

  /** Keys that the user bound, by action. */
  get keymap() {
    return this.chosen.value.keymap ?? {};
  }

  /**
   * The keys of an action now. A key that the user gave to another action of the mode is no longer a usual key of this.
   * @param {string} action @param {string[]} defaultKeys @param {Set<string>} actionsOfMode
   */
  keysOf(action, defaultKeys, actionsOfMode) {
    const { keymap } = this;
    if (keymap[action]) return keymap[action];
    const taken = new Set(Object.keys(keymap).flatMap((name) => (actionsOfMode.has(name) ? keymap[name] : [])));
    return defaultKeys.filter((key) => !taken.has(key));
  }

  /** @param {string} action @param {string[]} keys */
  bind(action, keys) {
    this.set({ keymap: { ...this.keymap, [action]: keys } });
  }

  /** @param {string} [action] all without one */
  reset(action) {
    const { [action ?? ""]: _gone, ...others } = this.keymap;
    this.set({ keymap: action ? others : {} });
  }
}

/** @param {Api} api */
export function preferencesOf(api) {
  const read = async () => (await api.request("GET", "/me/preferences")).json();
  return {
    read,
    // The language is chosen on the pages, maybe since this page was opened.
    write: async (/** @type {Chosen} */ chosen) => {
      const { language } = await read();
      return api.request("PUT", "/me/preferences", { json: { ...chosen, ...(language ? { language } : {}) } });
    },
  };
}

/** Keeps the store and the preferences in step, both ways. @param {Store} store @param {Preferences} preferences */
export function followPreferences(store, preferences) {
  const followed = /** @type {const} */ ([
    ["palette", store.palette],
    ["hatching", store.isHatchingOn],
    ["pen_pressure", store.isPressureOn],
    ["minimap", store.isMinimapOpen],
    ["rulers", store.areRulersShown],
  ]);
  const usual = Object.fromEntries(followed.map(([name, signal]) => [name, signal.peek()]));
  effect(() => {
    const chosen = preferences.chosen.value;
    for (const [name, signal] of followed) signal.value = /** @type {never} */ (chosen[name] ?? usual[name]);
  });
  effect(() => {
    const now = Object.fromEntries(followed.map(([name, signal]) => [name, signal.value]));
    const before = preferences.chosen.peek();
    if (followed.some(([name]) => now[name] !== (before[name] ?? usual[name]))) preferences.set(now);
  });
}
