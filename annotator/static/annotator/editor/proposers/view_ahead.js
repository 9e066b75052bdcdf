/** @import {ImageRecord} from "../types.js" */
/** @import {Box} from "../shapes.js" */

const VIEW_RESTS_MS = 500;

/** Has the server look where the user does, once the view rests, so that a click there is answered at once. */
export class ViewAhead {
  /** @param {(image: ImageRecord, seen: Box) => Promise<unknown>} ask begins to make what is seen ready */
  constructor(ask) {
    this.ask = ask;
    this.asked = "";
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  /** @param {ImageRecord} image @param {Box | null} seen */
  moved(image, seen) {
    this.stop();
    const place = JSON.stringify([image.id, seen]);
    if (!seen || place === this.asked) return;
    this.timer = setTimeout(() => {
      this.asked = place;
      // Whoever clicks there asks again, and is told what is wrong.
      this.ask(image, seen).catch((error) => console.info("What is seen was not made ready for clicks:", error.message));
    }, VIEW_RESTS_MS);
  }

  stop() {
    clearTimeout(this.timer);
  }
}
