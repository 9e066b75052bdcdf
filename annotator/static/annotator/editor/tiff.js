/** @import {DecodedLabels, Segment} from "./types.js" */
import { unzlibSync } from "fflate";
import { adler32 } from "./checksum.js";
import { isSameTile, TILE, TILE_PIXELS } from "./tile.js";

/**
 * Reader for the label maps that the server keeps: tiled TIFF (classic or BigTIFF), 256×256 tiles, uint16, deflate,
 * segment table as JSON in ImageDescription. TIFF 6.0 and its Adobe technical note 2 (deflate).
 */

const TAG = {
  width: 256,
  height: 257,
  bits: 258,
  compression: 259,
  description: 270,
  predictor: 317,
  tileWidth: 322,
  tileHeight: 323,
  tileOffsets: 324,
  tileByteCounts: 325,
};
/** Bytes of each TIFF field type that this reader knows: ASCII, SHORT, LONG, LONG8. */
const TYPE_BYTES = /** @type {Record<number, number>} */ ({ 1: 1, 2: 1, 3: 2, 4: 4, 16: 8 });
const DEFLATE = new Set([8, 32946]);

/**
 * @typedef {object} TiffLayout
 * @property {number} width
 * @property {number} height
 * @property {boolean} littleEndian
 * @property {number[]} offsets bytes, one per tile
 * @property {number[]} byteCounts
 * @property {string} description
 */

/**
 * @param {ArrayBuffer} buffer
 * @returns {TiffLayout}
 * @throws {Error} when it is not a label map of this kind; the message says why
 */
export function parseTiff(buffer) {
  if (buffer.byteLength < 8) throw new Error("The label file is not a TIFF: it is too short.");
  const data = new DataView(buffer);
  const mark = data.getUint16(0);
  if (mark !== 0x4949 && mark !== 0x4d4d) throw new Error("The label file is not a TIFF.");
  const le = mark === 0x4949;
  const version = data.getUint16(2, le);
  if (version !== 42 && version !== 43) throw new Error("The label file is not a TIFF.");
  const fields = readDirectory(data, le, version === 43);
  const number = (/** @type {number} */ tag, /** @type {number} */ fallback) => {
    const value = fields.get(tag);
    return Array.isArray(value) ? value[0] : fallback;
  };
  if (number(TAG.bits, 1) !== 16) throw new Error("The label file does not hold 16-bit pixels.");
  if (number(TAG.tileWidth, 0) !== TILE || number(TAG.tileHeight, 0) !== TILE) {
    throw new Error(`The label file is not tiled in ${TILE} × ${TILE} pixels.`);
  }
  if (number(TAG.predictor, 1) !== 1) throw new Error("The label file uses a TIFF predictor, which is not supported.");
  const compression = number(TAG.compression, 1);
  if (!DEFLATE.has(compression)) {
    throw new Error(`The label file uses TIFF compression ${compression}; only deflate is supported.`);
  }
  return {
    width: number(TAG.width, 0),
    height: number(TAG.height, 0),
    littleEndian: le,
    offsets: /** @type {number[]} */ (fields.get(TAG.tileOffsets) ?? []),
    byteCounts: /** @type {number[]} */ (fields.get(TAG.tileByteCounts) ?? []),
    description: /** @type {string} */ (fields.get(TAG.description) ?? ""),
  };
}

/**
 * @param {DataView} data @param {boolean} le @param {boolean} big BigTIFF
 * @returns {Map<number, number[] | string>} values by tag
 */
function readDirectory(data, le, big) {
  const long = (/** @type {number} */ at) => (big ? Number(data.getBigUint64(at, le)) : data.getUint32(at, le));
  const start = long(big ? 8 : 4);
  const count = big ? long(start) : data.getUint16(start, le);
  const [head, entryBytes, inlineBytes] = big ? [8, 20, 8] : [2, 12, 4];
  const fields = new Map();
  for (let i = 0; i < count; i++) {
    const at = start + head + i * entryBytes;
    const type = data.getUint16(at + 2, le);
    const size = TYPE_BYTES[type];
    if (!size) continue;
    const length = long(at + 4);
    const valueAt = at + (big ? 12 : 8);
    const from = length * size <= inlineBytes ? valueAt : long(valueAt);
    fields.set(data.getUint16(at, le), readValues(data, le, type, from, length));
  }
  return fields;
}

/** @param {DataView} data @param {boolean} le @param {number} type @param {number} from @param {number} length */
function readValues(data, le, type, from, length) {
  if (type === 2) {
    return new TextDecoder().decode(new Uint8Array(data.buffer, from, length)).replace(/\0+$/, "");
  }
  return Array.from({ length }, (_, i) => {
    if (type === 1) return data.getUint8(from + i);
    if (type === 3) return data.getUint16(from + 2 * i, le);
    if (type === 4) return data.getUint32(from + 4 * i, le);
    return Number(data.getBigUint64(from + 8 * i, le));
  });
}

/**
 * A whole label map with its segment table.
 * @param {ArrayBuffer} buffer
 * @returns {DecodedLabels}
 * @throws {Error} when the file is damaged or of another kind
 */
export function decodeLabels(buffer) {
  const layout = parseTiff(buffer);
  const wanted = Math.ceil(layout.width / TILE) * Math.ceil(layout.height / TILE);
  if (layout.offsets.length !== wanted || layout.byteCounts.length !== wanted) {
    throw new Error(`The label file has ${layout.offsets.length} tiles where ${wanted} were expected.`);
  }
  /** @type {Uint8Array | null} zlib bytes of a tile without labels, as this file writes it */
  let blank = null;
  const tiles = layout.offsets.map((offset, i) => {
    const bytes = new Uint8Array(buffer, offset, layout.byteCounts[i]);
    if (bytes.length === 0 || (blank && isEqual(bytes, blank))) return null;
    const tile = decodeTile(bytes, layout.littleEndian, i);
    if (isSameTile(tile, null)) blank = bytes;
    return blank === bytes ? null : tile;
  });
  return { width: layout.width, height: layout.height, tiles, segments: segmentsOf(layout.description) };
}

/** @param {Uint8Array} a @param {Uint8Array} b */
function isEqual(a, b) {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/**
 * In one go rather than as a stream: a map of 24 megapixels has 384 tiles, and a stream for each takes three times as
 * long.
 * @param {Uint8Array} bytes zlib stream @param {boolean} littleEndian @param {number} i
 * @returns {Uint16Array}
 */
function decodeTile(bytes, littleEndian, i) {
  const pixels = new Uint8Array(TILE_PIXELS * 2);
  /** @type {Uint8Array} */
  let inflated;
  try {
    inflated = unzlibSync(bytes, { out: pixels });
  } catch (error) {
    throw new Error(`Tile ${i} of the label file is damaged.`, { cause: error });
  }
  const sum = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4).getUint32(0);
  if (inflated.length !== pixels.length || adler32(pixels) !== sum) {
    throw new Error(`Tile ${i} of the label file is damaged.`);
  }
  return toPixels(pixels, littleEndian);
}

/**
 * @param {Uint8Array} bytes starting at an even offset
 * @param {boolean} littleEndian
 * @returns {Uint16Array}
 */
export function toPixels(bytes, littleEndian) {
  const pixels = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
  if (littleEndian !== HOST_IS_LITTLE_ENDIAN) {
    for (let p = 0; p < pixels.length; p++) pixels[p] = (pixels[p] >> 8) | (pixels[p] << 8);
  }
  return pixels;
}

const HOST_IS_LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** @param {string} description @returns {Segment[]} */
function segmentsOf(description) {
  if (!description.trim()) return [];
  const table = JSON.parse(description);
  return Array.isArray(table.segments) ? table.segments : [];
}

/**
 * @param {Uint16Array | null} tile null is all zero
 * @returns {Promise<Uint8Array<ArrayBuffer>>} zlib stream of little-endian pixels
 */
export async function deflateTile(tile) {
  const pixels = tile ? tile.slice() : new Uint16Array(TILE_PIXELS);
  const bytes = new Uint8Array(pixels.buffer);
  toPixels(bytes, true);
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
