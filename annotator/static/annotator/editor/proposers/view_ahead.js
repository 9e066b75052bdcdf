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

  /** This was asked for by somebody else. @param {ImageRecord} image @param {Box | null} seen */
  knows(image, seen) {
    this.asked = placeOf(image, seen);
  }

  /** @param {ImageRecord} image @param {Box | null} seen */
  moved(image, seen) {
    this.stop();
    if (!seen || placeOf(image, seen) === this.asked) return;
    this.timer = setTimeout(() => {
      this.knows(image, seen);
      // Whoever clicks there asks again, and is told what is wrong.
      this.ask(image, seen).catch((error) => console.info("What is seen was not made ready for clicks:", error.message));
    }, VIEW_RESTS_MS);
  }

  stop() {
    clearTimeout(this.timer);
  }
}

/** @param {ImageRecord} image @param {Box | null} seen */
function placeOf({ id }, seen) {
  return JSON.stringify([id, seen]);
}
