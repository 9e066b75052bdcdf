/** @import {ImageRecord} from "../types.js" */

/** So many images after its last use click-to-segment may still be wanted again. */
const LATELY_IMAGES = 3;

/**
 * Has the server look at the next image too while click-to-segment is in use, so that the first click on it is answered
 * at once. Of each image that is next it asks once.
 */
export class ClickAhead {
  /** @param {(image: ImageRecord) => Promise<unknown>} ask begins to make an image ready */
  constructor(ask) {
    this.ask = ask;
    /** @type {ImageRecord | null} */
    this.next = null;
    this.askedId = 0;
    this.imagesSinceUse = Infinity;
  }

  /** Another image was opened. */
  begin() {
    this.imagesSinceUse++;
    this.next = null;
  }

  /** The open image was made ready, for somebody has the tool in hand. */
  used() {
    this.imagesSinceUse = 0;
    this.consider();
  }

  /** @param {ImageRecord} image the one after the open one */
  comes(image) {
    this.next = image;
    this.consider();
  }

  consider() {
    const { next } = this;
    if (!next || next.id === this.askedId || this.imagesSinceUse > LATELY_IMAGES) return;
    this.askedId = next.id;
    // Whoever clicks on that image asks again, and is told what is wrong.
    this.ask(next).catch((error) => console.info("The next image was not made ready for clicks:", error.message));
  }
}
