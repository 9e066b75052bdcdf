/** @import {PackedTile} from "./types.js" */

/** Side of a tile in pixels; the same in memory, on the wire and on disk. */
export const TILE = 256;
export const TILE_PIXELS = TILE * TILE;

/** Room for the runs of one tile at its worst: every pixel differs from the one before. */
const ends = new Uint32Array(TILE_PIXELS);
const values = new Uint16Array(TILE_PIXELS);

/**
 * A tile as runs of equal ids, for tiles that nobody looks at now.
 * @param {Uint16Array} tile 65,536 ids
 * @returns {PackedTile | null} null where all pixels are unlabelled
 */
export function packTile(tile) {
  let runs = 0;
  for (let p = 0; p < TILE_PIXELS;) {
    const id = tile[p];
    do p++;
    while (p < TILE_PIXELS && tile[p] === id);
    ends[runs] = p;
    values[runs++] = id;
  }
  if (runs === 1 && values[0] === 0) return null;
  return { ends: ends.slice(0, runs), values: values.slice(0, runs) };
}

/** @param {PackedTile} packed @returns {Uint16Array} */
export function unpackTile(packed) {
  const tile = new Uint16Array(TILE_PIXELS);
  let from = 0;
  for (let run = 0; run < packed.ends.length; run++) {
    if (packed.values[run]) tile.fill(packed.values[run], from, packed.ends[run]);
    from = packed.ends[run];
  }
  return tile;
}

/**
 * Adds the pixels of a packed tile to counts by id.
 * @param {PackedTile} packed @param {Uint32Array} counts
 */
export function countRuns({ ends, values }, counts) {
  for (let run = 0; run < ends.length; run++) {
    if (values[run]) counts[values[run]] += ends[run] - (run ? ends[run - 1] : 0);
  }
}

/**
 * Whether two tiles hold the same pixels; null counts as all zero.
 * @param {Uint16Array | null} a
 * @param {Uint16Array | null} b
 */
export function isSameTile(a, b) {
  if (a === b) return true;
  const [pairs, others] = [pairsOf(a), pairsOf(b)];
  for (let i = 0; i < pairs.length; i++) if (pairs[i] !== others[i]) return false;
  return true;
}

/** What stands for a tile without labels where pixels are read in a loop. */
export const EMPTY_TILE = new Uint16Array(TILE_PIXELS);

/** The pixels two by two, which are compared in half the time. @param {Uint16Array | null} tile */
export function pairsOf(tile) {
  const { buffer, byteOffset } = tile ?? EMPTY_TILE;
  return new Uint32Array(buffer, byteOffset, TILE_PIXELS / 2);
}
