/** @import {DecodedLabels} from "./types.js" */

/** Side of a tile in pixels; the same in memory, on the wire and on disk. */
export const TILE = 256;
export const TILE_PIXELS = TILE * TILE;

/**
 * The label map of one image: uint16 segment ids in 256×256 tiles, row-major; a tile with nothing in it is null.
 *
 * Tiles at the right and bottom edge are padded with 0. Only `rasterizer.js` writes pixels; everyone else reads.
 */
export class LabelMap {
  /**
   * @param {number} width
   * @param {number} height
   */
  constructor(width, height) {
    this.width = width;
    this.height = height;
    this.tilesX = Math.ceil(width / TILE);
    this.tilesY = Math.ceil(height / TILE);
    /** @type {(Uint16Array | null)[]} */
    this.tiles = new Array(this.tilesX * this.tilesY).fill(null);
    /** Rises with every change of a tile, so that caches of encoded or uploaded tiles know their age. */
    this.versions = new Uint32Array(this.tiles.length);
    /** Pixels per segment id; entry 0 is not kept. */
    this.counts = new Uint32Array(65536);
    /** @type {Set<(index: number) => void>} */
    this.listeners = new Set();
  }

  /**
   * @param {DecodedLabels} decoded
   * @returns {LabelMap}
   */
  static from(decoded) {
    const map = new LabelMap(decoded.width, decoded.height);
    decoded.tiles.forEach((tile, index) => {
      map.tiles[index] = tile;
      map.count(tile, 1);
    });
    return map;
  }

  /**
   * Segment id at integer pixel (x, y); 0 outside the image.
   * @param {number} x
   * @param {number} y
   */
  get(x, y) {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return 0;
    const tile = this.tiles[(y >> 8) * this.tilesX + (x >> 8)];
    return tile ? tile[((y & 255) << 8) | (x & 255)] : 0;
  }

  /** Number of pixels that carry a segment. */
  get labelledPixels() {
    let sum = 0;
    for (let id = 1; id < 65536; id++) sum += this.counts[id];
    return sum;
  }

  /**
   * Adds (sign 1) or takes away (sign -1) a tile's pixels from the counts.
   * @param {Uint16Array | null} tile
   * @param {1 | -1} sign
   */
  count(tile, sign) {
    if (!tile) return;
    for (let p = 0; p < TILE_PIXELS; p++) if (tile[p]) this.counts[tile[p]] += sign;
  }

  /**
   * Tells readers that a tile has new pixels.
   * @param {number} index
   */
  touched(index) {
    this.versions[index]++;
    for (const listener of this.listeners) listener(index);
  }

  /** @param {(index: number) => void} listener */
  onChange(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

/**
 * Whether two tiles hold the same pixels; null counts as all zero.
 * @param {Uint16Array | null} a
 * @param {Uint16Array | null} b
 */
export function sameTile(a, b) {
  if (a === b) return true;
  for (let p = 0; p < TILE_PIXELS; p++) if ((a ? a[p] : 0) !== (b ? b[p] : 0)) return false;
  return true;
}
