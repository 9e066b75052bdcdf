/** @import {Store, Toast} from "./store.js" */
import { ApiError } from "./api.js";
import { t } from "./i18n.js";

const TOAST_MS = 7_000;

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
      const { message } = error;
      this.tell(
        error instanceof ApiError ? message : t("The server cannot be reached: {reason}", { reason: message }),
        "error",
      );
    }
  }

  /**
   * Errors, and what offers something to do, stay until they are dismissed; the rest goes by itself.
   * @param {string} text @param {Toast["tone"]} [tone] @param {Toast["action"]} [action]
   */
  tell(text, tone = "info", action) {
    if (this.toasts.value.some((shown) => shown.text === text)) return;
    const id = ++this.lastId;
    this.toasts.value = [...this.toasts.value, { id, tone, text, action }];
    this.release(id);
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

  /** @param {number} id */
  dismiss(id) {
    this.hold(id);
    this.toasts.value = this.toasts.value.filter((toast) => toast.id !== id);
  }
}
