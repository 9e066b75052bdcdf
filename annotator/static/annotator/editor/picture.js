/** @import {Api} from "./api.js" */
/** @import {Box, TileName} from "./renderer/image_levels.js" */
/** @import {ImageRecord} from "./types.js" */
/** @import {JobWorker} from "./worker/job_worker.js" */
import { t } from "./i18n.js";
import { levelCount, levelFor, PICTURE_TILE, tileBox, tilesIn } from "./renderer/image_levels.js";

const JOB_POLL_MS = 1_000;
/** A picture whose details come within this time after its thumbnail is not shown blurred first. */
const GRACE_MS = 120;

/**
 * @typedef {object} PicturePorts
 * @property {Api} api
 * @property {Pick<JobWorker, "run">} worker
 * @property {(text: string, tone: "info" | "error") => void} tell
 */

let lastSerial = 0;

/**
 * The picture of one image, upright, in tiles of 512 pixels at full size and at each half of it. Ordinary images are
 * decoded and cut in a worker; large ones come from the server as a pyramid of tiles. The thumbnail is there first.
 */
export class Picture {
  /** @param {ImageRecord} image @param {PicturePorts} ports */
  constructor(image, ports) {
    this.serial = ++lastSerial;
    this.image = image;
    this.ports = ports;
    this.width = image.width;
    this.height = image.height;
    this.levels = levelCount(image.width, image.height);
    /** @type {ImageBitmap | null} */
    this.thumbnail = null;
    /** Whether `tile` can be asked. */
    this.hasTiles = false;
    this.isPyramid = false;
    this.isClosed = false;
    this.hasReported = false;
    /** @type {Promise<Blob> | null} */
    this.file = null;
    /** @type {Set<() => void>} */
    this.listeners = new Set();
    /** Settles when tiles can be asked for; rejects where they never will. */
    this.details = this.loadDetails();
  }

  /**
   * @param {ImageRecord} image @param {PicturePorts} ports
   * @returns {Promise<Picture>} when there is something to look at; details follow
   * @throws {Error} when neither the image nor its thumbnail can be had
   */
  static async open(image, ports) {
    const picture = new Picture(image, ports);
    const shown = picture.loadThumbnail().then(() => new Promise((resolve) => setTimeout(resolve, GRACE_MS)));
    picture.details.catch((error) => picture.thumbnail && picture.report(error));
    try {
      await Promise.any([picture.details, shown]);
    } catch (error) {
      picture.close();
      throw error instanceof AggregateError ? error.errors[0] : error;
    }
    return picture;
  }

  async loadThumbnail() {
    const response = await this.ports.api.request("GET", `/images/${this.image.id}/thumbnail`, {
      headers: { Accept: "image/*" },
    });
    const thumbnail = await createImageBitmap(await response.blob());
    if (this.isClosed) return thumbnail.close();
    this.thumbnail = thumbnail;
    this.tellListeners();
  }

  async loadDetails() {
    const { image } = this;
    if (image.pyramid) this.usePyramid(image.pyramid);
    else if (image.pyramid_job && (await this.waitForPyramid(image.pyramid_job))) return;
    else await this.loadFile();
    this.tellListeners();
  }

  /** @param {NonNullable<ImageRecord["pyramid"]>} pyramid */
  usePyramid({ tile_px, levels }) {
    if (tile_px !== PICTURE_TILE) throw new Error(`The image's tiles are ${tile_px} pixels wide, not ${PICTURE_TILE}.`);
    this.levels = Math.min(this.levels, levels);
    this.isPyramid = true;
    this.hasTiles = true;
  }

  /**
   * @param {number | string} job that makes the pyramid
   * @returns {Promise<boolean>} whether there is one now; if not, the file has to do
   */
  async waitForPyramid(job) {
    const { api, tell } = this.ports;
    tell(t("This large image is still being prepared. A small picture is shown until its details are there."), "info");
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, JOB_POLL_MS));
      if (this.isClosed) return true;
      const { state, error } = await (await api.request("GET", `/jobs/${job}`)).json();
      if (state === "failed" || state === "cancelled") {
        tell(t("This large image could not be prepared: {reason}. The whole file is loaded instead.", { reason: error || state }), "error");
        return false;
      }
      if (state !== "succeeded") continue;
      const { pyramid } = await api.image(this.image.id);
      if (!pyramid) return false;
      this.usePyramid(pyramid);
      this.tellListeners();
      return true;
    }
  }

  async loadFile() {
    this.file = this.ports.api.imageFile(this.image.id);
    const blob = await this.file;
    if (this.isClosed) return;
    const size = await this.ports.worker.run("open", { serial: this.serial, blob });
    if (size.width !== this.width || size.height !== this.height) {
      throw new Error(
        t("The image is {width} × {height} pixels, its record says {recordWidth} × {recordHeight}.", {
          width: size.width,
          height: size.height,
          recordWidth: this.width,
          recordHeight: this.height,
        }),
      );
    }
    this.hasTiles = true;
  }

  /**
   * @param {TileName} name
   * @returns {Promise<ImageBitmap>} given away
   */
  async tile({ level, column, row }) {
    if (!this.isPyramid) return this.ports.worker.run("tile", { serial: this.serial, level, column, row });
    const path = `/images/${this.image.id}/pyramid/${level}/${column}/${row}`;
    const response = await this.ports.api.request("GET", path, { headers: { Accept: "image/*" } });
    return createImageBitmap(await response.blob());
  }

  /** The image file, where the picture is not a pyramid. @returns {Promise<Blob>} */
  async blob() {
    await this.details;
    if (!this.file) throw new Error("A picture in tiles has no file that fits into memory.");
    return this.file;
  }

  /**
   * Pixels of a part of the image.
   * @param {Box} box whole image pixels
   * @param {number} maxPixels the answer is scaled down to at most so many
   * @returns {Promise<ImageBitmap>} given away
   */
  async region(box, maxPixels) {
    await this.details;
    const [width, height] = [box.x1 - box.x0, box.y1 - box.y0];
    const scale = Math.min(1, Math.sqrt(maxPixels / (width * height)));
    const size = { width: Math.max(1, Math.floor(width * scale)), height: Math.max(1, Math.floor(height * scale)) };
    if (!this.isPyramid) return this.ports.worker.run("region", { serial: this.serial, box, ...size });
    return this.stitch(box, size, levelFor(scale, this.levels));
  }

  /** @param {Box} box @param {{width: number, height: number}} size @param {number} level */
  async stitch(box, { width, height }, level) {
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d");
    if (!context) throw new Error("This browser cannot put a picture together.");
    const [scaleX, scaleY] = [width / (box.x1 - box.x0), height / (box.y1 - box.y0)];
    context.imageSmoothingQuality = "medium";
    const range = tilesIn(this, level, box);
    for (let row = range.y0; row < range.y1; row++) {
      for (let column = range.x0; column < range.x1; column++) {
        const at = tileBox(this, { level, column, row });
        const bitmap = await this.tile({ level, column, row });
        const [x, y] = [(at.x0 - box.x0) * scaleX, (at.y0 - box.y0) * scaleY];
        context.drawImage(bitmap, x, y, (at.x1 - at.x0) * scaleX, (at.y1 - at.y0) * scaleY);
        bitmap.close();
      }
    }
    return canvas.transferToImageBitmap();
  }

  /** Says once what is wrong with the picture. @param {unknown} error */
  report(error) {
    if (this.hasReported || this.isClosed) return;
    this.hasReported = true;
    const reason = error instanceof Error ? error.message : String(error);
    this.ports.tell(t("Parts of the image could not be loaded: {reason}", { reason }), "error");
  }

  /** @param {() => void} listener called when there is more to be seen */
  onChange(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  tellListeners() {
    for (const listener of this.listeners) listener();
  }

  close() {
    if (this.isClosed) return;
    this.isClosed = true;
    this.hasTiles = false;
    this.thumbnail?.close();
    this.thumbnail = null;
    this.listeners.clear();
    void this.ports.worker.run("close", { serial: this.serial });
  }
}
