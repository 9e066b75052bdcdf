/** @import {Store, Toast} from "./store.js" */
import { OfflineError, ServerFault } from "./api.js";
import { t } from "./i18n.js";

const TOAST_MS = 7_000;
/** Source of what is said of a server that gives no answer; it is over with the next answer. */
export const SERVER = "server";

/** Words to the user that come and go. */
export class Notices {
  /** @param {Pick<Store, "toasts">} store */
  constructor(store) {
    this.toasts = store.toasts;
    this.lastId = 0;
    /** @type {Map<number, ReturnType<typeof setTimeout>>} until when each goes by itself */
    this.timers = new Map();
  }

  /**
   * Runs something that may fail on the way to the server, and says what went wrong.
   * @param {() => Promise<unknown>} work
   */
  async attempt(work) {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      if (error instanceof OfflineError && !(error instanceof ServerFault)) this.tellUnreachable(error);
      else this.tell(error.message, "error", undefined, error instanceof ServerFault ? SERVER : undefined);
    }
  }

  /** @param {OfflineError} error */
  tellUnreachable({ message }) {
    this.tell(t("The server cannot be reached: {reason}", { reason: message }), "error", undefined, SERVER);
  }

  /**
   * Errors, and what offers something to do, stay until they are dismissed; the rest goes by itself.
   * @param {string} text @param {Toast["tone"]} [tone] @param {Toast["action"]} [action]
   * @param {string} [source] what it is about: of each only the last is shown, and `clear` takes it away
   */
  tell(text, tone = "info", action, source) {
    const before = this.toasts.value.find((shown) => shown.text === text || (source && shown.source === source));
    if (before?.text === text) return this.release(before.id);
    if (before) this.dismiss(before.id);
    const id = ++this.lastId;
    this.toasts.value = [...this.toasts.value, { id, tone, text, action, source }];
    this.release(id);
  }

  /** Takes away what is said of these: its cause is over. @param {...string} sources */
  clear(...sources) {
    for (const { id, source } of this.toasts.value) if (source && sources.includes(source)) this.dismiss(id);
  }

  /** Keeps what is being read. @param {number} id */
  hold(id) {
    clearTimeout(this.timers.get(id));
    this.timers.delete(id);
  }

  /** Lets it go in its time, if it is one that goes. @param {number} id */
  release(id) {
    this.hold(id);
    const toast = this.toasts.value.find((shown) => shown.id === id);
    if (!toast || toast.tone === "error" || toast.action) return;
    this.timers.set(id, setTimeout(() => this.dismiss(id), TOAST_MS));
  }

  dismissAll() {
    for (const { id } of this.toasts.value) this.dismiss(id);
  }

  /** @param {number} id */
  dismiss(id) {
    this.hold(id);
    this.toasts.value = this.toasts.value.filter((toast) => toast.id !== id);
  }
}
