import { signal } from "@preact/signals-core";

/** Something that takes its time: shown with its progress, and given up by Esc. */
export class Task {
  /** @param {string} label what is being done */
  constructor(label) {
    this.label = label;
    /** How much of it is done, 0..1. */
    this.share = signal(0);
    this.stopper = new AbortController();
    this.finish = () => {};
    this.done = new Promise((resolve) => (this.finish = () => resolve(undefined)));
  }

  get isCancelled() {
    return this.stopper.signal.aborted;
  }

  cancel() {
    this.stopper.abort();
  }

  /** @param {number} share goes forward only, also where a part is done again */
  tell(share) {
    this.share.value = Math.max(this.share.peek(), share);
  }
}
