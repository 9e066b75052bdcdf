import { levelSize, PICTURE_TILE } from "../renderer/image_levels.js";
import { answerJobs } from "./answer.js";

/** Full-size pixels that are kept decoded, over all open pictures; a picture beyond that is decoded again on demand. */
const FULL_SIZE_PIXELS = 40_000_000;
const CUTTING_MS = 1_000;

/**
 * Decodes pictures and cuts tiles out of them, so that the page never waits for a decoder. Levels are halved from the
 * one before and kept; together they are a third of the full size.
 *
 * @typedef {object} Decoded
 * @property {Blob} blob
 * @property {number} width
 * @property {number} height
 * @property {(Promise<ImageBitmap> | undefined)[]} levels
 */

/** @type {Map<number, Decoded>} */
const pictures = new Map();

const JOBS = {
  /** {serial, blob} -> {width, height}, turned upright */
  async open(/** @type {{serial: number, blob: Blob}} */ { serial, blob }) {
    /** @type {Decoded} */
    const picture = { blob, width: 0, height: 0, levels: [createImageBitmap(blob)] };
    // Known before it is decoded, so that a `close` that comes meanwhile lets it go.
    pictures.set(serial, picture);
    const { width, height } = await sizeOf(serial, picture);
    Object.assign(picture, { width, height });
    if (fullSizePixels() > FULL_SIZE_PIXELS) {
      await level(picture, 1);
      dropFullSize(picture);
    }
    return { result: { width, height } };
  },
  /** {serial, level, column, row} -> ImageBitmap */
  async tile(/** @type {{serial: number, level: number, column: number, row: number}} */ { serial, ...name }) {
    const picture = opened(serial);
    const source = await level(picture, name.level);
    if (name.level === 0) keepFullSizeOf(picture);
    const [x, y] = [name.column * PICTURE_TILE, name.row * PICTURE_TILE];
    const [width, height] = [Math.min(PICTURE_TILE, source.width - x), Math.min(PICTURE_TILE, source.height - y)];
    const bitmap = await createImageBitmap(source, x, y, width, height);
    return { result: bitmap, transfer: [bitmap] };
  },
  /** {serial, box, width, height} -> ImageBitmap of that size */
  async region(/** @type {any} */ { serial, box, width, height }) {
    const source = await level(opened(serial), 0);
    const bitmap = await createImageBitmap(source, box.x0, box.y0, box.x1 - box.x0, box.y1 - box.y0, {
      resizeWidth: width,
      resizeHeight: height,
      resizeQuality: "medium",
    });
    return { result: bitmap, transfer: [bitmap] };
  },
  /** {serial}: lets the picture go */
  async close(/** @type {{serial: number}} */ { serial }) {
    const picture = pictures.get(serial);
    pictures.delete(serial);
    for (const made of picture?.levels ?? []) closeWhenMade(made);
    return { result: null };
  },
};

/** @param {number} serial */
function opened(serial) {
  const picture = pictures.get(serial);
  if (!picture) throw new Error("The picture was closed.");
  return picture;
}

/** @param {number} serial @param {Decoded} picture @returns {Promise<{width: number, height: number}>} */
async function sizeOf(serial, picture) {
  try {
    const whole = await picture.levels[0];
    if (!whole || pictures.get(serial) !== picture) throw new Error("The picture was closed.");
    return whole;
  } catch (error) {
    if (pictures.get(serial) === picture) pictures.delete(serial);
    throw error;
  }
}

/** @param {Promise<ImageBitmap> | undefined} made @param {number} [delayMs] */
function closeWhenMade(made, delayMs = 0) {
  made?.then(
    (bitmap) => (delayMs ? setTimeout(() => bitmap.close(), delayMs) : bitmap.close()),
    // Whoever asked for it was told; there is nothing to close.
    () => {},
  );
}

/** @param {Decoded} picture @param {number} number @returns {Promise<ImageBitmap>} */
function level(picture, number) {
  return (picture.levels[number] ??= number === 0 ? createImageBitmap(picture.blob) : halved(picture, number));
}

/** @param {Decoded} picture @param {number} number */
async function halved(picture, number) {
  const source = await level(picture, number - 1);
  return createImageBitmap(source, {
    resizeWidth: levelSize(picture.width, number),
    resizeHeight: levelSize(picture.height, number),
    resizeQuality: "medium",
  });
}

function fullSizePixels() {
  let pixels = 0;
  for (const { width, height, levels } of pictures.values()) if (levels[0]) pixels += width * height;
  return pixels;
}

/** @param {Decoded} picture whose full size is being looked at */
function keepFullSizeOf(picture) {
  for (const other of pictures.values()) {
    if (other !== picture && other.width && fullSizePixels() > FULL_SIZE_PIXELS) dropFullSize(other);
  }
}

/** @param {Decoded} picture */
function dropFullSize(picture) {
  const full = picture.levels[0];
  picture.levels[0] = undefined;
  // Tiles that are being cut from it hold on to it until they are done.
  closeWhenMade(full, CUTTING_MS);
}

answerJobs(JOBS);
