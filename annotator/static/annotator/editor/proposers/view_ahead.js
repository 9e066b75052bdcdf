/** @import {ImageRecord} from "../types.js" */
/** @import {Box} from "../shapes.js" */

const VIEW_RESTS_MS = 500;

/**
 * Has the server look where the user does, once the view rests, so that a click there is answered at once; at one place
 * at a time, so that nobody's clicks wait behind places that were passed by.
 */
export class ViewAhead {
  /**
   * @param {(image: ImageRecord, seen: Box) => Promise<unknown>} makeReady what is seen; resolves when it is
   */
  constructor(makeReady) {
    this.makeReady = makeReady;
    this.asked = "";
    this.isAtWork = false;
    /** @type {{image: ImageRecord, seen: Box} | null} where the view rests */
    this.wanted = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  /** Somebody else asks for this. @param {ImageRecord} image @param {Box | null} seen */
  knows(image, seen) {
    this.asked = placeOf(image, seen);
  }

  /** @param {ImageRecord} image @param {Box | null} seen */
  moved(image, seen) {
    this.stop();
    if (!seen) return;
    this.timer = setTimeout(() => {
      this.wanted = { image, seen };
      void this.work();
    }, VIEW_RESTS_MS);
  }

  stop() {
    clearTimeout(this.timer);
    this.wanted = null;
  }

  async work() {
    if (this.isAtWork) return;
    this.isAtWork = true;
    while (this.wanted && placeOf(this.wanted.image, this.wanted.seen) !== this.asked) {
      const { image, seen } = this.wanted;
      this.knows(image, seen);
      try {
        await this.makeReady(image, seen);
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        // Whoever clicks there asks again, and is told what is wrong.
        console.info("What is seen was not made ready for clicks:", error.message);
      }
    }
    this.isAtWork = false;
  }
}

/** @param {ImageRecord} image @param {Box | null} seen */
function placeOf({ id }, seen) {
  return JSON.stringify([id, seen]);
}
