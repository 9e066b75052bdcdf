/** @import {Verb} from "./delivery.js" */
/** @import {Session} from "./session.js" */
/** @import {ImageRecord} from "./types.js" */
import { t } from "./i18n.js";

/** States of saving in which an image can be finished while nobody looks at it. */
const PLAIN = ["saved", "unsaved", "saving"];

/** Being done with an image: it is saved and moved to its next state, and the next one is opened. */
export class Finishing {
  /** @param {Session} session */
  constructor(session) {
    this.session = session;
  }

  /**
   * The next image comes at once where it is ready, while this one is still on its way.
   * @param {Verb} verb
   * @param {unknown} [body]
   * @param {{isEmptyMeant?: boolean}} [answers] whether the user has said that an image without labels is finished
   */
  async finish(verb, body, { isEmptyMeant = false } = {}) {
    const { document, sync, ports } = this.session;
    const { store, endGesture } = ports;
    const image = store.image.value;
    if (!image || !document || !sync || store.isBusy.value) return;
    store.isBusy.value = true;
    try {
      endGesture();
      while (document.stroke) await document.whenIdle();
      if (this.isHeldBack(verb, isEmptyMeant)) return;
      if (verb === "submit" && sync.isUntouched) sync.record([]);
      if (!this.goOnAtOnce(image, verb, body)) await this.goOnAfterwards(image, verb, body);
    } finally {
      store.isBusy.value = false;
    }
  }

  /**
   * Whether something has to be said before the image may go; it is asked here.
   * @param {Verb} verb @param {boolean} isEmptyMeant
   */
  isHeldBack(verb, isEmptyMeant) {
    const { document, ports } = this.session;
    const { store, notices } = ports;
    if (store.conflict.value) {
      notices.tell(t("First choose whose labels stand where both of you drew."), "info", undefined, "finish");
      return true;
    }
    if (verb !== "submit" || isEmptyMeant || document?.map.labelledPixels) return false;
    store.dialog.value = "empty";
    return true;
  }

  /**
   * @param {ImageRecord} image @param {Verb} verb @param {unknown} body
   * @returns {boolean} false where the next image is not ready, or this one needs somebody to look at it
   */
  goOnAtOnce(image, verb, body) {
    const { session } = this;
    const { store, delivery, prefetch } = session.ports;
    const isPlain = PLAIN.includes(store.saveState.value.kind) && !store.conflict.value;
    const ahead = isPlain ? prefetch.takeReady() : null;
    if (!ahead) return false;
    session.exchange(ahead, async (left) => {
      if (!left) return;
      const isDone = await session.seeTo(image, left, (sync) => delivery.deliver(image, sync, verb, body));
      if (isDone) this.count(verb);
    });
    return true;
  }

  /** @param {ImageRecord} image @param {Verb} verb @param {unknown} body */
  async goOnAfterwards(image, verb, body) {
    const { session } = this;
    const { delivery, notices } = session.ports;
    const { sync } = session;
    if (!sync || !(await session.saveAll())) return;
    await notices.attempt(async () => {
      await delivery.deliver(image, sync, verb, body);
      this.count(verb);
      await session.openNext();
    });
  }

  /** @param {Verb} verb */
  count(verb) {
    const { progress } = this.session.ports.store;
    const { done, total } = progress.value;
    if (verb !== "return") progress.value = { done: Math.min(done + 1, total), total };
  }
}
