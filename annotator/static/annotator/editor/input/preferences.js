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
 */

const STORED_AS = "maskloop-preferences";
const SEND_AFTER_MS = 600;

export class Preferences {
  /**
   * @param {Pick<Storage, "getItem" | "setItem">} storage
   * @param {{read: () => Promise<Chosen>, write: (chosen: Chosen) => Promise<unknown>}} server
   * @param {(error: Error) => void} onRefused
   */
  constructor(storage, server, onRefused) {
    this.storage = storage;
    this.server = server;
    this.onRefused = onRefused;
    this.chosen = signal(/** @type {Chosen} */ (JSON.parse(storage.getItem(STORED_AS) ?? "{}")));
    this.timer = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);
  }

  /** Takes the server's copy, unless something was chosen here meanwhile. */
  async load() {
    const before = this.chosen.peek();
    await this.attempt(async () => {
      const stored = await this.server.read();
      if (this.chosen.peek() === before) this.keep({ ...before, ...stored });
    });
  }

  /** @param {Partial<Chosen>} part */
  set(part) {
    this.keep({ ...this.chosen.peek(), ...part });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.attempt(() => this.server.write(this.chosen.peek())), SEND_AFTER_MS);
  }

  /** @param {Chosen} chosen */
  keep(chosen) {
    this.chosen.value = chosen;
    this.storage.setItem(STORED_AS, JSON.stringify(chosen));
  }

  /**
   * Being offline is no failure: the copy in this browser holds, and the next change is sent with all before it.
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
  return {
    read: async () => (await api.request("GET", "/me/preferences")).json(),
    write: (/** @type {Chosen} */ chosen) => api.request("PUT", "/me/preferences", { json: chosen }),
  };
}

/** Keeps the store and the preferences in step, both ways. @param {Store} store @param {Preferences} preferences */
export function followPreferences(store, preferences) {
  effect(() => {
    const { palette, hatching, pen_pressure } = preferences.chosen.value;
    if (palette) store.palette.value = palette;
    if (hatching !== undefined) store.isHatchingOn.value = hatching;
    if (pen_pressure !== undefined) store.isPressureOn.value = pen_pressure;
  });
  effect(() => {
    const now = {
      palette: store.palette.value,
      hatching: store.isHatchingOn.value,
      pen_pressure: store.isPressureOn.value,
    };
    const { palette = "project", hatching = false, pen_pressure = false } = preferences.chosen.peek();
    const isNew = now.palette !== palette || now.hatching !== hatching || now.pen_pressure !== pen_pressure;
    if (isNew) preferences.set(now);
  });
}
