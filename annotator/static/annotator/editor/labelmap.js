/** @import {DecodedLabels, PackedTile} from "./types.js" */
import { TILE, TILE_PIXELS, packTile, unpackTile } from "./tile.js";

/** 128 MiB of open tiles: 64 megapixels. Beyond that, tiles that were not used for long are kept packed. */
const OPEN_TILES = 1024;

/**
 * The label map of one image: uint16 segment ids in 256×256 tiles, row-major; a tile with nothing in it is null.
 *
 * Tiles at the right and bottom edge are padded with 0. Only `rasterizer.js` writes pixels; everyone else reads, and
 * asks again in each turn, since a tile may be packed away in between.
 */
export class LabelMap {
  /**
   * @param {number} width
   * @param {number} height
   * @param {{openTiles?: number}} [options] how many tiles are kept ready to be read and written
   */
  constructor(width, height, { openTiles = OPEN_TILES } = {}) {
    this.width = width;
    this.height = height;
    this.tilesX = Math.ceil(width / TILE);
    this.tilesY = Math.ceil(height / TILE);
    this.tileCount = this.tilesX * this.tilesY;
    /** Rises with every change of a tile, so that caches of encoded or uploaded tiles know their age. */
    this.versions = new Uint32Array(this.tileCount);
    /** Pixels per segment id; entry 0 is not kept. */
    this.counts = new Uint32Array(65536);
    /** @type {Set<(index: number, y0: number, y1: number) => void>} */
    this.listeners = new Set();

    this.openTiles = openTiles;
    this.openCount = 0;
    /** @type {(Uint16Array | null)[]} */
    this.open = new Array(this.tileCount).fill(null);
    /** @type {Map<number, PackedTile>} */
    this.packed = new Map();
    /** Whether a tile was asked for since the clock's hand passed it. */
    this.isRecent = new Uint8Array(this.tileCount);
    this.hand = 0;
  }

  /**
   * @param {DecodedLabels} decoded its tiles are taken over, not copied
   * @param {{openTiles?: number}} [options]
   * @returns {LabelMap}
   */
  static from(decoded, options) {
    const map = new LabelMap(decoded.width, decoded.height, options);
    decoded.tiles.forEach((tile, index) => {
      if (!tile) return;
      if (!(tile instanceof Uint16Array)) map.packed.set(index, tile);
      else if (map.openCount < map.openTiles) map.put(index, tile);
      else map.pack(index, tile);
      if (!decoded.counts) map.count(map.tile(index), 1);
    });
    if (decoded.counts) map.counts.set(decoded.counts);
    return map;
  }

  /** A map of the same tiles, for looking at: only whole tiles may be put in place of them. */
  sharing() {
    const map = new LabelMap(this.width, this.height, { openTiles: this.openTiles });
    map.open = [...this.open];
    map.openCount = this.openCount;
    map.packed = new Map(this.packed);
    map.isRecent.set(this.isRecent);
    map.counts.set(this.counts);
    return map;
  }

  /**
   * The ids of one tile, to be read at once and not kept.
   * @param {number} index
   * @returns {Uint16Array | null} null where all pixels are unlabelled
   */
  tile(index) {
    this.isRecent[index] = 1;
    return this.open[index] ?? (this.packed.size ? this.unpack(index) : null);
  }

  /** Whether a tile holds, or once held, a label; without opening it. @param {number} index */
  has(index) {
    return this.open[index] !== null || this.packed.has(index);
  }

  /**
   * Segment id at integer pixel (x, y); 0 outside the image.
   * @param {number} x
   * @param {number} y
   */
  get(x, y) {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return 0;
    const tile = this.tile((y >> 8) * this.tilesX + (x >> 8));
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
   * Puts a whole tile in place; for `rasterizer.js`.
   * @param {number} index
   * @param {Uint16Array | null} tile kept, not copied
   */
  put(index, tile) {
    this.packed.delete(index);
    if (!this.open[index] && tile) {
      this.makeRoom();
      this.openCount++;
    } else if (this.open[index] && !tile) this.openCount--;
    this.open[index] = tile;
    this.isRecent[index] = 1;
  }

  /**
   * Tells readers that rows of a tile have new pixels.
   * @param {number} index
   * @param {number} y0 first row in the tile
   * @param {number} y1 one after the last
   */
  touched(index, y0, y1) {
    this.versions[index]++;
    for (const listener of this.listeners) listener(index, y0, y1);
  }

  /** @param {(index: number, y0: number, y1: number) => void} listener */
  onChange(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** @param {number} index */
  unpack(index) {
    const packed = this.packed.get(index);
    if (!packed) return null;
    const tile = unpackTile(packed);
    this.put(index, tile);
    return tile;
  }

  /** @param {number} index @param {Uint16Array} tile */
  pack(index, tile) {
    const packed = packTile(tile);
    if (packed) this.packed.set(index, packed);
    if (this.open[index]) this.openCount--;
    this.open[index] = null;
  }

  /** Packs one tile where as many are open as may be: the first that the clock's hand finds unused (Corbató, 1968). */
  makeRoom() {
    if (this.openCount < this.openTiles) return;
    for (;;) {
      const index = this.hand;
      this.hand = (this.hand + 1) % this.tileCount;
      const tile = this.open[index];
      if (!tile) continue;
      if (!this.isRecent[index]) return this.pack(index, tile);
      this.isRecent[index] = 0;
    }
  }
}
