/** @import {LabelMap} from "../labelmap.js" */
/** @import {Box} from "./image_levels.js" */
import { TILE, TILE_PIXELS } from "../tile.js";
import { boxesOf } from "./cell_mask.js";
import { bindTexture, createTexture, setSampling } from "./program.js";
import { SHADOWS, TileShadows } from "./tile_shadows.js";

/** A layer of the texture array holds 4 × 4 tiles. */
const LAYER_TILES = 4;
const LAYER = LAYER_TILES * TILE;
const TILES_PER_LAYER = LAYER_TILES ** 2;
/** The overview keeps every fourth pixel of every fourth row. */
const COARSE_STEP = 4;
const COARSE_TILE = TILE / COARSE_STEP;
const EMPTY = new Uint16Array(TILE_PIXELS);

/** What `slots` says of tiles that have none. */
const UNKNOWN = -2;
const UNIFORM = -1;

/**
 * The texels of one label map: resident tiles in a texture array of bounded size, a lookup from tile to place, and an
 * overview at a quarter of the scale. A tile of one id only needs no texels. Sends only what the next pass reads, and
 * of tiles that changed only the changed rows.
 */
export class LabelTexels {
  /** @param {WebGL2RenderingContext} gl @param {number} capacity tiles that may be resident (128 KiB each) */
  constructor(gl, capacity) {
    this.gl = gl;
    this.capacity = capacity;
    this.layers = 0;
    /** @type {LabelMap | null} */
    this.map = null;
    this.unlisten = () => {};
    this.clock = 0;
    this.shadows = new TileShadows();
    /** @type {Map<number, [number, number]>} rows that changed since `changes` was asked */
    this.unseen = new Map();
    /** Slot of each tile, or UNIFORM, or UNKNOWN. */
    this.slots = new Int16Array(0);
    /** What the lookup says of each tile: its slot plus one, or 0 and the id of all its pixels. */
    this.entries = new Uint16Array(0);
    this.areEntriesStale = false;
    this.isCoarseReady = new Uint8Array(0);
    /** @type {Map<number, [number, number]>} changed rows of tiles whose texels are out of date */
    this.stale = new Map();
    /** @type {Map<number, [number, number]>} the same for the overview */
    this.coarseStale = new Map();
    /** Tile in each slot, -1 where it is free. */
    this.owners = new Int32Array(0);
    this.usedAt = new Float64Array(0);
    this.coarseRows = new Uint16Array(COARSE_TILE ** 2);
    /** @type {WebGLTexture | null} */
    this.array = null;
    this.allocate(1);
    this.lookup = createTexture(gl, gl.RG16UI, 1, 1);
    this.overview = createTexture(gl, gl.R16UI, 1, 1);
  }

  /** @param {LabelMap | null} map */
  setMap(map) {
    this.unlisten();
    this.map = map;
    this.forget(map?.tileCount ?? 0);
    if (!map) return;
    const { gl } = this;
    this.allocate(Math.ceil(Math.min(map.tileCount, this.capacity) / TILES_PER_LAYER));
    gl.deleteTexture(this.lookup);
    gl.deleteTexture(this.overview);
    this.lookup = createTexture(gl, gl.RG16UI, map.tilesX, map.tilesY);
    this.overview = createTexture(gl, gl.R16UI, map.tilesX * COARSE_TILE, map.tilesY * COARSE_TILE);
    this.unlisten = map.onChange((index, y0, y1) => {
      extend(this.stale, index, y0, y1);
      extend(this.coarseStale, index, y0, y1);
      extend(this.unseen, index, y0, y1);
    });
  }

  /** Nothing is resident any more. @param {number} tileCount */
  forget(tileCount) {
    this.slots = new Int16Array(tileCount).fill(UNKNOWN);
    this.entries = new Uint16Array(tileCount * 2);
    this.areEntriesStale = true;
    this.isCoarseReady = new Uint8Array(tileCount);
    this.stale.clear();
    this.coarseStale.clear();
    this.unseen.clear();
    this.shadows.clear();
    this.owners = new Int32Array(this.layers * TILES_PER_LAYER).fill(-1);
    this.usedAt = new Float64Array(this.owners.length);
  }

  /** @param {number} layers */
  allocate(layers) {
    const { gl } = this;
    if (layers <= this.layers) return;
    gl.deleteTexture(this.array);
    this.array = gl.createTexture();
    bindTexture(gl, 0, gl.TEXTURE_2D_ARRAY, this.array);
    gl.texStorage3D(gl.TEXTURE_2D_ARRAY, 1, gl.R16UI, LAYER, LAYER, layers);
    setSampling(gl, gl.TEXTURE_2D_ARRAY, gl.NEAREST);
    this.layers = layers;
    this.forget(this.map?.tileCount ?? 0);
  }

  /**
   * Brings the texels of a part of the image up to date.
   * @param {{x0: number, y0: number, x1: number, y1: number}} box image pixels, clipped here
   * @param {boolean} isCoarse whether the overview will be read
   */
  prepare(box, isCoarse) {
    const { map } = this;
    if (!map) return;
    this.clock++;
    const [left, top] = [Math.max(0, box.x0 >> 8), Math.max(0, box.y0 >> 8)];
    const [right, bottom] = [Math.min(map.tilesX - 1, box.x1 >> 8), Math.min(map.tilesY - 1, box.y1 >> 8)];
    for (let ty = top; ty <= bottom; ty++) {
      for (let tx = left; tx <= right; tx++) {
        if (isCoarse) this.prepareCoarse(map, ty * map.tilesX + tx);
        else this.prepareTile(map, ty * map.tilesX + tx);
      }
    }
    if (!isCoarse && this.areEntriesStale) this.sendEntries(map);
  }

  /** Where the map has changed since this was asked last. @returns {Box[]} image pixels */
  changes() {
    const { map, unseen } = this;
    if (!map || !unseen.size) return [];
    /** @type {Box[]} */
    const boxes = [];
    const isWide = unseen.size > SHADOWS;
    for (const [index, [y0, y1]] of unseen) {
      const [left, top] = [(index % map.tilesX) * TILE, Math.floor(index / map.tilesX) * TILE];
      const cells = isWide ? this.shadows.passOver(index, y0, y1) : this.shadows.changed(map, index, y0, y1);
      for (const box of boxesOf(cells))
        boxes.push({ x0: left + box.x0, y0: top + box.y0, x1: left + box.x1, y1: top + box.y1 });
    }
    unseen.clear();
    return boxes;
  }

  /** @param {LabelMap} map @param {number} index */
  prepareTile(map, index) {
    const rows = this.stale.get(index);
    const slot = this.slots[index];
    if (slot >= 0) this.usedAt[slot] = this.clock;
    if (slot !== UNKNOWN && !rows) return;
    this.stale.delete(index);
    const tile = map.has(index) ? map.tile(index) : null;
    if (slot >= 0 && rows) return this.sendRows(slot, tile ?? EMPTY, rows);
    const only = tile ? uniformId(tile) : 0;
    if (only >= 0) return this.setEntry(index, UNIFORM, only);
    const taken = this.takeSlot(index);
    this.setEntry(index, taken, 0);
    this.sendRows(taken, tile ?? EMPTY, [0, TILE]);
  }

  /** @param {number} slot @param {Uint16Array} tile @param {[number, number]} rows */
  sendRows(slot, tile, [y0, y1]) {
    const { gl } = this;
    const [x, y] = [(slot % LAYER_TILES) * TILE, (Math.floor(slot / LAYER_TILES) % LAYER_TILES) * TILE + y0];
    bindTexture(gl, 0, gl.TEXTURE_2D_ARRAY, this.array);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 2);
    gl.texSubImage3D(
      gl.TEXTURE_2D_ARRAY,
      0,
      x,
      y,
      Math.floor(slot / TILES_PER_LAYER),
      TILE,
      y1 - y0,
      1,
      gl.RED_INTEGER,
      gl.UNSIGNED_SHORT,
      tile.subarray(y0 * TILE, y1 * TILE),
    );
  }

  /** A free slot, or the one whose tile was not looked at for the longest time. @param {number} index */
  takeSlot(index) {
    let oldest = 0;
    for (let slot = 0; slot < this.owners.length; slot++) {
      if (this.owners[slot] < 0) {
        oldest = slot;
        break;
      }
      if (this.usedAt[slot] < this.usedAt[oldest]) oldest = slot;
    }
    const before = this.owners[oldest];
    if (before >= 0) this.slots[before] = UNKNOWN;
    this.owners[oldest] = index;
    this.usedAt[oldest] = this.clock;
    return oldest;
  }

  /** @param {number} index @param {number} slot @param {number} id of a tile that has no slot */
  setEntry(index, slot, id) {
    this.slots[index] = slot;
    this.entries[index * 2] = slot + 1;
    this.entries[index * 2 + 1] = id;
    this.areEntriesStale = true;
  }

  /** @param {LabelMap} map */
  sendEntries({ tilesX, tilesY }) {
    const { gl } = this;
    this.areEntriesStale = false;
    bindTexture(gl, 0, gl.TEXTURE_2D, this.lookup);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 4);
    gl.texSubImage2D(
      gl.TEXTURE_2D, 0, 0, 0, tilesX, tilesY, gl.RG_INTEGER, gl.UNSIGNED_SHORT, this.entries,
    );
  }

  /** @param {LabelMap} map @param {number} index */
  prepareCoarse(map, index) {
    const rows = this.isCoarseReady[index] ? this.coarseStale.get(index) : /** @type {[number, number]} */ ([0, TILE]);
    if (!rows) return;
    this.isCoarseReady[index] = 1;
    this.coarseStale.delete(index);
    const [first, last] = [Math.ceil(rows[0] / COARSE_STEP), Math.ceil(rows[1] / COARSE_STEP)];
    if (first >= last) return;
    const { gl, coarseRows } = this;
    const tile = map.has(index) ? map.tile(index) : null;
    let at = 0;
    for (let y = first; y < last; y++) {
      const row = y * COARSE_STEP * TILE;
      for (let x = 0; x < TILE; x += COARSE_STEP) coarseRows[at++] = tile ? tile[row + x] : 0;
    }
    const [x, y] = [(index % map.tilesX) * COARSE_TILE, Math.floor(index / map.tilesX) * COARSE_TILE + first];
    bindTexture(gl, 0, gl.TEXTURE_2D, this.overview);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 2);
    gl.texSubImage2D(
      gl.TEXTURE_2D, 0, x, y, COARSE_TILE, last - first, gl.RED_INTEGER, gl.UNSIGNED_SHORT, coarseRows,
    );
  }

  /** @param {number} unit of the array; lookup and overview take the next two */
  bind(unit) {
    const { gl } = this;
    bindTexture(gl, unit, gl.TEXTURE_2D_ARRAY, this.array);
    bindTexture(gl, unit + 1, gl.TEXTURE_2D, this.lookup);
    bindTexture(gl, unit + 2, gl.TEXTURE_2D, this.overview);
  }

  dispose() {
    this.unlisten();
    for (const texture of [this.array, this.lookup, this.overview]) this.gl.deleteTexture(texture);
  }
}

/** @param {Map<number, [number, number]>} rows @param {number} index @param {number} y0 @param {number} y1 */
function extend(rows, index, y0, y1) {
  const known = rows.get(index);
  if (!known) rows.set(index, [y0, y1]);
  else {
    known[0] = Math.min(known[0], y0);
    known[1] = Math.max(known[1], y1);
  }
}

/** The id of all pixels of a tile, or -1 where they differ. @param {Uint16Array} tile */
function uniformId(tile) {
  const first = tile[0];
  for (let p = 1; p < TILE_PIXELS; p++) if (tile[p] !== first) return -1;
  return first;
}
