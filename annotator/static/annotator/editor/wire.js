/** @import {LabelMap} from "./labelmap.js" */
/** @import {PackedSave, Segment} from "./types.js" */
import { crc32 } from "./checksum.js";
import { deflateTile } from "./tiff.js";

/**
 * The body part `tiles` of a label save: records of uint32 tile index, uint32 length, zlib bytes, little-endian.
 * @param {Map<number, Uint8Array>} tiles zlib bytes by tile index
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function packTiles(tiles) {
  let total = 0;
  for (const bytes of tiles.values()) total += 8 + bytes.byteLength;
  const out = new Uint8Array(total);
  const view = new DataView(out.buffer);
  let at = 0;
  for (const [index, bytes] of [...tiles].sort((a, b) => a[0] - b[0])) {
    view.setUint32(at, index, true);
    view.setUint32(at + 4, bytes.byteLength, true);
    out.set(bytes, at + 8);
    at += 8 + bytes.byteLength;
  }
  return out;
}

/**
 * @param {Uint8Array} packed
 * @returns {Map<number, Uint8Array>}
 * @throws {RangeError} when a record is cut short
 */
export function unpackTiles(packed) {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const tiles = new Map();
  for (let at = 0; at < packed.byteLength;) {
    const length = view.getUint32(at + 4, true);
    if (at + 8 + length > packed.byteLength) throw new RangeError("A tile record is cut short.");
    tiles.set(view.getUint32(at, true), packed.slice(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return tiles;
}

/**
 * The body of a save.
 * @param {LabelMap} map read before the first await: what comes later belongs to the next save
 * @param {number[]} indices tiles that changed
 * @param {Segment[]} table
 * @returns {Promise<PackedSave>}
 */
export async function packSave(map, indices, table) {
  const copies = indices.map((index) => map.tile(index)?.slice() ?? null);
  const packed = await Promise.all(copies.map(deflateTile));
  const tiles = packTiles(new Map(indices.map((index, i) => [index, packed[i]])));
  const segments = JSON.stringify(table);
  return { tiles, segments, checksum: crc32(new TextEncoder().encode(segments), crc32(tiles)) };
}
