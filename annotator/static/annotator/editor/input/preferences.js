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
 * @property {boolean} [smoothing] of magnified pixels
 * @property {number} [opacity] of labels, 0..1
 * @property {"dark" | "light"} [theme] of the editor
 * @property {number} [panel_px] width of the panel; 0 for as wide as suits the window
 *
 * @typedef {{[Name in keyof Chosen]: Name extends "keymap" ? Record<string, string[] | null> : Chosen[Name]}} Changes
 *   what differs from before; null takes keys back to the usual ones
 * @typedef {{chosen: Chosen, unsent: Changes}} Kept
 */

const SEND_AFTER_MS = 600;

/** @param {Chosen} chosen @param {Changes} changes @returns {Chosen} */
function changed(chosen, { keymap, ...others }) {
  if (!keymap) return { ...chosen, ...others };
  const bound = Object.entries({ ...chosen.keymap, ...keymap }).filter(([, keys]) => keys);
  return { ...chosen, ...others, keymap: Object.fromEntries(/** @type {[string, string[]][]} */ (bound)) };
}

/** @param {Changes} before @param {Changes} after @returns {Changes} both, as one */
function joined(before, after) {
  const keymap = { ...before.keymap, ...after.keymap };
  return { ...before, ...after, ...(Object.keys(keymap).length ? { keymap } : {}) };
}

/** @param {Changes} unsent @param {Changes} sent @returns {Changes} what of `unsent` was not sent, or changed since */
function without(unsent, sent) {
  const keymap = unsent.keymap && remaining(unsent.keymap, sent.keymap ?? {});
  const { keymap: _, ...others } = remaining(unsent, sent);
  return { ...others, ...(keymap && Object.keys(keymap).length ? { keymap } : {}) };
}

/** @param {Record<string, any>} unsent @param {Record<string, any>} sent @returns {Record<string, any>} */
function remaining(unsent, sent) {
  return Object.fromEntries(
    Object.entries(unsent).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(sent[name])),
  );
}

export class Preferences {
  /**
   * @param {string} owner name of the user; people share browsers
   * @param {Pick<Storage, "getItem" | "setItem">} storage
   * @param {{read: () => Promise<Chosen>, change: (changes: Changes) => Promise<Chosen>}} server
   * @param {(error: Error) => void} onRefused
   */
  constructor(owner, storage, server, onRefused) {
    this.key = `maskloop-preferences-${owner}`;
    this.storage = storage;
    this.server = server;
    this.onRefused = onRefused;
    this.chosen = signal(this.kept.chosen);
    this.isSending = false;
    /** How often something was chosen here. */
    this.choices = 0;
    this.timer = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);
  }

  /** What all tabs of this browser keep together. @returns {Kept} */
  get kept() {
    return { chosen: {}, unsent: {}, ...JSON.parse(this.storage.getItem(this.key) ?? "{}") };
  }

  get hasUnsent() {
    return Object.keys(this.kept.unsent).length > 0;
  }

  /** Takes the server's copy; what was chosen here and never arrived there goes there first. */
  async load() {
    if (this.hasUnsent) return this.send();
    await this.attempt(async () => {
      const before = this.choices;
      const stored = await this.server.read();
      // What was chosen meanwhile may be on the server by now, and not in this answer; its own answer brings the rest.
      if (this.choices === before) this.keep(stored, this.kept.unsent);
    });
  }

  /** @param {Changes} changes */
  set(changes) {
    this.choices++;
    const { chosen, unsent } = this.kept;
    this.keep(chosen, joined(unsent, changes));
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.send(), SEND_AFTER_MS);
  }

  /** Sends what changed, and only that: other tabs and browsers change other things. */
  async send() {
    if (this.isSending) return;
    this.isSending = true;
    try {
      let isSent = true;
      while (isSent && this.hasUnsent) {
        const sent = this.kept.unsent;
        isSent = await this.attempt(async () => {
          const stored = await this.server.change(sent);
          this.keep(stored, without(this.kept.unsent, sent));
        });
      }
    } finally {
      this.isSending = false;
    }
  }

  /** @param {Chosen} stored what the server has, as far as it is known here @param {Changes} unsent */
  keep(stored, unsent) {
    const chosen = changed(stored, unsent);
    this.storage.setItem(this.key, JSON.stringify({ chosen, unsent }));
    this.chosen.value = chosen;
  }

  /**
   * Being offline is no failure: the copy in this browser holds, and is sent with the next change or the next visit.
   * @param {() => Promise<unknown>} work
   * @returns {Promise<boolean>} whether it was done
   */
  async attempt(work) {
    try {
      await work();
      return true;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      if (!(error instanceof OfflineError)) this.onRefused(error);
      return false;
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
    this.set({ keymap: { [action]: keys } });
  }

  /** @param {string} [action] all without one */
  reset(action) {
    const actions = action ? [action] : Object.keys(this.keymap);
    this.set({ keymap: Object.fromEntries(actions.map((name) => [name, null])) });
  }
}

/** @param {Api} api */
export function preferencesOf(api) {
  return {
    read: async () => (await api.request("GET", "/me/preferences")).json(),
    change: async (/** @type {Changes} */ changes) =>
      (await api.request("PATCH", "/me/preferences", { json: changes })).json(),
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
    ["smoothing", store.isSmooth],
    ["opacity", store.opacity],
    ["theme", store.theme],
    ["panel_px", store.panelPx],
  ]);
  const usual = Object.fromEntries(followed.map(([name, signal]) => [name, signal.peek()]));
  effect(() => {
    const chosen = preferences.chosen.value;
    for (const [name, signal] of followed) signal.value = /** @type {never} */ (chosen[name] ?? usual[name]);
  });
  effect(() => {
    const before = preferences.chosen.peek();
    const changes = followed.flatMap(([name, { value }]) =>
      value === (before[name] ?? usual[name]) ? [] : [[name, value]],
    );
    if (changes.length) preferences.set(Object.fromEntries(changes));
  });
}
