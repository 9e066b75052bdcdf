/** @import {DecodedLabels, ImageRecord} from "./types.js" */
/** @import {Api} from "./api.js" */
/** @import {Mirror, LabelWorker} from "./worker/client.js" */

/**
 * @template Picture
 * @typedef {object} Loaded All that is needed to begin on an image.
 * @property {ImageRecord} image
 * @property {Picture} picture
 * @property {DecodedLabels} decoded
 * @property {Mirror} mirror
 * @property {number} revision that the labels are of
 * @property {boolean} isPrediction whether the labels are the prediction, since nothing is labelled yet
 */

/** The server's claim on an image ahead lasts five minutes; this is when it is not relied on any more. */
const FRESH_MS = 4 * 60_000;

/**
 * What the server claims an image after: it must wait in the queue itself.
 * @type {Record<"annotate" | "review", ImageRecord["state"][]>}
 */
const QUEUED = { annotate: ["new", "prelabelled", "in_progress", "returned"], review: ["submitted"] };

/**
 * Loads images, and the one after the open one ahead: claimed for this user, decoded and ready to be painted.
 * @template Picture
 */
export class Prefetch {
  /**
   * @param {Pick<Api, "labels" | "nextAfter" | "release">} api
   * @param {Pick<LabelWorker, "open">} worker
   * @param {(image: ImageRecord) => Promise<Picture>} loadPicture
   * @param {{prepare: (picture: Picture) => void, close: (picture: Picture) => void}} fate of a picture loaded ahead:
   *   it will be shown next, or never
   */
  constructor(api, worker, loadPicture, fate) {
    this.api = api;
    this.worker = worker;
    this.loadPicture = loadPicture;
    this.fate = fate;
    /** @type {{image: ImageRecord, claimedAt: number, loading: Promise<Loaded<Picture>>} | null} */
    this.ahead = null;
    /** @type {Loaded<Picture> | null} the image ahead, once all of it is there */
    this.loaded = null;
    /** Id of the image for which the next one was last asked. */
    this.openId = 0;
  }

  /**
   * @param {ImageRecord} image
   * @returns {Promise<Loaded<Picture>>} at once where it was loaded ahead
   */
  async take(image) {
    const { ahead } = this;
    this.openId = image.id;
    if (ahead?.image.id !== image.id) {
      this.release();
      return this.load(image);
    }
    this.ahead = null;
    this.loaded = null;
    const loaded = await ahead.loading;
    if (loaded.image.revision === image.revision && !loaded.isPrediction) return { ...loaded, image };
    loaded.mirror.close();
    return { ...loaded, ...(await this.loadLabels(image)), image };
  }

  /** The image ahead, if it is complete and still this user's; taken by the caller. @returns {Loaded<Picture> | null} */
  takeReady() {
    const { ahead, loaded } = this;
    if (!ahead || !loaded || performance.now() - ahead.claimedAt > FRESH_MS) return null;
    this.ahead = null;
    this.loaded = null;
    return loaded;
  }

  /** @param {ImageRecord} image @returns {Promise<Loaded<Picture>>} */
  async load(image) {
    const [picture, labels] = await Promise.all([this.loadPicture(image), this.loadLabels(image)]);
    return { image, picture, ...labels };
  }

  /** @param {ImageRecord} image */
  async loadLabels(image) {
    const isPrediction = image.revision === 0 && image.prediction !== null;
    const { revision, tiff } = await this.api.labels(image.id, isPrediction ? "prediction" : "head");
    return { ...(await this.worker.open(tiff)), revision: isPrediction ? 0 : revision, isPrediction };
  }

  /**
   * Claims and loads the image after the open one, where that is of the queue. Failing does no harm: the next one is
   * loaded when it is wanted.
   * @param {ImageRecord} current
   * @param {"annotate" | "review"} purpose
   */
  async lookAhead(current, purpose) {
    this.openId = current.id;
    if (!QUEUED[purpose].includes(current.state)) return;
    const image = await this.api.nextAfter(current.project, purpose, current.id);
    if (!image || this.ahead?.image.id === image.id || this.openId === image.id) return;
    if (this.openId !== current.id) return this.api.release(image.id);
    const loading = this.load(image);
    const ahead = { image, claimedAt: performance.now(), loading };
    this.ahead = ahead;
    try {
      const loaded = await loading;
      if (this.ahead === ahead) {
        this.loaded = loaded;
        this.fate.prepare(loaded.picture);
      }
    } catch (error) {
      if (this.ahead === ahead) this.ahead = null;
      throw error;
    }
  }

  /** Lets go what was loaded and will not be shown. @param {Loaded<Picture>} loaded */
  discard({ picture, mirror }) {
    this.fate.close(picture);
    mirror.close();
  }

  /** Gives the image ahead back to the queue: this page will not get to it. */
  release() {
    if (this.ahead) {
      this.api.release(this.ahead.image.id);
      // What failed to load has nothing to be closed; its error was told to whoever looked ahead.
      this.ahead.loading.then((loaded) => this.discard(loaded)).catch(() => {});
    }
    this.ahead = null;
    this.loaded = null;
  }
}
