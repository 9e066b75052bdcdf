/** @import {ImageRecord} from "../types.js" */
/** @import {Box} from "../shapes.js" */
/** @import {JobWorker} from "../worker/job_worker.js" */

/** Images that come as a pyramid are read in squares of this side, around the place where the tool works. */
const SQUARE_PX = 4096;
const STEP_PX = 1024;
const MARGIN_PX = 640;

/**
 * @typedef {object} PictureSource Where the pixels of the open picture come from.
 * @property {(image: ImageRecord) => Promise<Blob>} blob the whole file
 * @property {(box: Box, maxPixels: number) => Promise<ImageBitmap>} region part of an image that comes as a pyramid
 */

/** Hands the image worker the pixels that wand and livewire need: once per image, or per part of a very large one. */
export class PicturePixels {
  /** @param {JobWorker} worker @param {PictureSource} source */
  constructor(worker, source) {
    this.worker = worker;
    this.source = source;
    /** @type {{key: string, image: number, box: Box, ready: Promise<void>} | null} */
    this.opened = null;
  }

  /**
   * @param {ImageRecord} image
   * @param {[number, number]} near integer pixel that must be among them
   * @returns {Promise<string>} the key under which the worker has them
   */
  async ready(image, near) {
    const isWhole = !image.pyramid;
    const whole = { x0: 0, y0: 0, x1: image.width, y1: image.height };
    if (this.opened?.image !== image.id || !isInside(this.opened.box, near, whole)) {
      const box = isWhole ? whole : squareAround(near, whole);
      const key = `${image.id}/${box.x0}/${box.y0}`;
      this.opened = { key, image: image.id, box, ready: this.open(image, key, box) };
    }
    const mine = this.opened;
    try {
      await mine.ready;
    } catch (error) {
      if (this.opened === mine) this.opened = null;
      throw error;
    }
    return mine.key;
  }

  /** @param {ImageRecord} image @param {string} key @param {Box} box */
  async open(image, key, box) {
    const isPyramid = Boolean(image.pyramid);
    const source = isPyramid
      ? { bitmap: await this.source.region(box, SQUARE_PX * SQUARE_PX) }
      : { blob: await this.source.blob(image) };
    if (this.opened?.image !== image.id) {
      source.bitmap?.close();
      throw new Error("The image was closed.");
    }
    const { left, top } = isPyramid ? { left: box.x0, top: box.y0 } : { left: 0, top: 0 };
    await this.worker.run("open", { key, ...source, left, top }, source.bitmap ? [source.bitmap] : []);
  }

  /** Lets the pixels of the image before go. */
  async close() {
    if (!this.opened) return;
    this.opened = null;
    await this.worker.run("close", {});
  }
}

/**
 * Whether a place lies in the box, with room around it where the image goes on.
 * @param {Box} box @param {[number, number]} near @param {Box} whole
 */
function isInside(box, [x, y], whole) {
  const left = box.x0 === whole.x0 ? 0 : MARGIN_PX;
  const top = box.y0 === whole.y0 ? 0 : MARGIN_PX;
  const right = box.x1 === whole.x1 ? 0 : MARGIN_PX;
  const bottom = box.y1 === whole.y1 ? 0 : MARGIN_PX;
  return x >= box.x0 + left && y >= box.y0 + top && x < box.x1 - right && y < box.y1 - bottom;
}

/** @param {[number, number]} near @param {Box} whole @returns {Box} */
function squareAround([x, y], whole) {
  const start = (/** @type {number} */ at, /** @type {number} */ size) => {
    const wanted = Math.round((at - SQUARE_PX / 2) / STEP_PX) * STEP_PX;
    return Math.max(0, Math.min(wanted, size - SQUARE_PX));
  };
  const [x0, y0] = [start(x, whole.x1), start(y, whole.y1)];
  return { x0, y0, x1: Math.min(x0 + SQUARE_PX, whole.x1), y1: Math.min(y0 + SQUARE_PX, whole.y1) };
}
