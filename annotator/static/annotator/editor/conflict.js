/** @import {ClassShare, Conflict, ConflictRegion} from "./types.js" */
/** @import {LabelDocument} from "./document.js" */
/** @import {Labelled} from "./diff.js" */
import { t } from "./i18n.js";
import { TILE, TILE_PIXELS } from "./tile.js";

/** Pixels that lie further apart than this are chosen apart. */
const BLOCK_PX = 16;
const BLOCKS_PER_TILE = TILE / BLOCK_PX;

/**
 * @typedef {object} Contested What two people drew on the same pixels.
 * @property {Map<number, number[]>} pixels per tile, in tile coordinates; mine stand there now
 * @property {(index: number) => Uint16Array | null} theirTile
 *
 * @typedef {ConflictRegion & {parts: Map<number, number[]>}} Region parts: its pixels, per tile and rising
 */

/**
 * The choice between mine and theirs, region by region. Mine stand until "theirs" is chosen, which is a stroke like
 * any other: it can be undone, and is saved.
 *
 * @param {LabelDocument} document
 * @param {Contested} contested
 * @param {{author: string | null, savedAt?: string | null, revision: number}} theirs
 * @param {(left: Conflict | null) => void} tell hears what is left to be chosen
 * @returns {Conflict}
 */
export function conflictOf(document, contested, theirs, tell) {
  const conflict = (/** @type {Region[]} */ regions) =>
    /** @type {Conflict} */ ({
      regions,
      theirAuthor: theirs.author,
      theirTime: theirs.savedAt ?? null,
      theirRevision: theirs.revision,
      classesIn: (region) => classesIn(document, contested, /** @type {Region} */ (region)),
      theirLabels: () => theirLabels(document, contested, regions),
      resolve(choice, region) {
        const chosen = region ? regions.filter((one) => one === region) : regions;
        if (choice === "theirs") void takeTheirs(document, contested, chosen);
        const left = regions.filter((one) => !chosen.includes(one));
        tell(left.length ? conflict(left) : null);
      },
    });
  return conflict(regionsOf(contested.pixels, document.map.tilesX));
}

/**
 * Contested pixels in neighbouring blocks belong together.
 * @param {Map<number, number[]>} pixels
 * @param {number} tilesX
 * @returns {Region[]} by falling size
 */
function regionsOf(pixels, tilesX) {
  const blocks = blocksOf(pixels, tilesX);
  const perRow = tilesX * BLOCKS_PER_TILE;
  const left = new Set(blocks.keys());
  /** @type {Region[]} */
  const regions = [];
  for (const seed of blocks.keys()) {
    if (!left.delete(seed)) continue;
    const joined = [seed];
    for (const block of joined) {
      for (const near of neighbours(block, perRow)) if (left.delete(near)) joined.push(near);
    }
    regions.push(regionOf(joined.map((block) => /** @type {Block} */ (blocks.get(block))), tilesX));
  }
  return regions.sort((a, b) => b.pixels - a.pixels);
}

/**
 * @typedef {{index: number, pixels: number[]}} Block pixels of a tile that lie in one block of it
 *
 * @param {Map<number, number[]>} pixels @param {number} tilesX
 * @returns {Map<number, Block>} by place, row-major over the image
 */
function blocksOf(pixels, tilesX) {
  /** @type {Map<number, Block>} */
  const blocks = new Map();
  for (const [index, contested] of pixels) {
    const [left, top] = [(index % tilesX) * BLOCKS_PER_TILE, Math.floor(index / tilesX) * BLOCKS_PER_TILE];
    for (const p of contested) {
      const column = left + Math.floor((p & 255) / BLOCK_PX);
      const place = (top + Math.floor((p >> 8) / BLOCK_PX)) * tilesX * BLOCKS_PER_TILE + column;
      let block = blocks.get(place);
      if (!block) blocks.set(place, (block = { index, pixels: [] }));
      block.pixels.push(p);
    }
  }
  return blocks;
}

/** @param {number} place @param {number} perRow */
function neighbours(place, perRow) {
  const column = place % perRow;
  const columns = [-1, 0, 1].filter((step) => column + step >= 0 && column + step < perRow);
  return [-perRow, 0, perRow].flatMap((row) => columns.map((step) => place + row + step));
}

/** @param {Block[]} blocks @param {number} tilesX @returns {Region} */
function regionOf(blocks, tilesX) {
  /** @type {Region} */
  const region = { parts: new Map(), x0: Infinity, y0: Infinity, x1: 0, y1: 0, pixels: 0 };
  for (const { index, pixels } of blocks) {
    const part = region.parts.get(index) ?? [];
    region.parts.set(index, part);
    part.push(...pixels);
    const [left, top] = [(index % tilesX) * TILE, Math.floor(index / tilesX) * TILE];
    for (const p of pixels) {
      const [x, y] = [left + (p & 255), top + (p >> 8)];
      region.x0 = Math.min(region.x0, x);
      region.x1 = Math.max(region.x1, x + 1);
      region.y0 = Math.min(region.y0, y);
      region.y1 = Math.max(region.y1, y + 1);
      region.pixels++;
    }
  }
  for (const part of region.parts.values()) part.sort((a, b) => a - b);
  return region;
}

/**
 * What both sides say of the contested pixels of a region.
 * @param {LabelDocument} document @param {Contested} contested @param {Region} region
 * @returns {{mine: ClassShare[], theirs: ClassShare[]}} by falling size
 */
function classesIn(document, { theirTile }, { parts }) {
  const [mine, theirs] = [new Map(), new Map()];
  for (const [index, pixels] of parts) {
    const sides = /** @type {const} */ ([
      [mine, document.map.tile(index)],
      [theirs, theirTile(index)],
    ]);
    for (const [counts, ids] of sides) {
      for (const p of pixels) {
        const id = ids ? ids[p] : 0;
        counts.set(id, (counts.get(id) ?? 0) + 1);
      }
    }
  }
  return { mine: sharesOf(document, mine), theirs: sharesOf(document, theirs) };
}

/** @param {LabelDocument} document @param {Map<number, number>} pixelsById @returns {ClassShare[]} */
function sharesOf({ segments }, pixelsById) {
  /** @type {Map<number | null, number>} */
  const byClass = new Map();
  for (const [id, count] of pixelsById) {
    const key = segments.get(id)?.class ?? null;
    byClass.set(key, (byClass.get(key) ?? 0) + count);
  }
  return [...byClass].map(([id, count]) => ({ class: id, pixels: count })).sort((a, b) => b.pixels - a.pixels);
}

/**
 * The labels as they would be with theirs in all these regions; the other tiles are those of the document.
 * @param {LabelDocument} document @param {Contested} contested @param {Region[]} regions
 * @returns {Labelled}
 */
function theirLabels(document, { theirTile }, regions) {
  const map = document.map.sharing();
  for (const { parts } of regions) {
    for (const [index, pixels] of parts) {
      const tile = map.tile(index)?.slice() ?? new Uint16Array(TILE_PIXELS);
      const theirs = theirTile(index);
      for (const p of pixels) tile[p] = theirs ? theirs[p] : 0;
      map.put(index, tile);
    }
  }
  return { map, segments: document.segments };
}

/** @param {LabelDocument} document @param {Contested} contested @param {Region[]} regions */
async function takeTheirs(document, { theirTile }, regions) {
  while (document.stroke) await document.whenIdle();
  document.begin(t("Take the other's labels"), 0);
  for (const [index, pixels] of regions.flatMap(({ parts }) => [...parts])) {
    for (const [id, runs] of runsById(pixels, theirTile(index), index, document.map.tilesX)) {
      document.writeAs(runs, id);
    }
  }
  document.commit();
}

/**
 * @param {number[]} pixels of one tile, rising @param {Uint16Array | null} ids @param {number} index
 * @param {number} tilesX
 * @returns {Map<number, number[]>} row runs by the id that they shall have
 */
function runsById(pixels, ids, index, tilesX) {
  const [left, top] = [(index % tilesX) * TILE, Math.floor(index / tilesX) * TILE];
  /** @type {Map<number, number[]>} */
  const byId = new Map();
  for (let i = 0; i < pixels.length;) {
    const first = pixels[i];
    const id = ids ? ids[first] : 0;
    let length = 0;
    do length++;
    while (
      pixels[i + length] === first + length &&
      ((first + length) & 255) !== 0 &&
      (ids ? ids[first + length] : 0) === id
    );
    let runs = byId.get(id);
    if (!runs) byId.set(id, (runs = []));
    const x = left + (first & 255);
    runs.push(top + (first >> 8), x, x + length);
    i += length;
  }
  return byId;
}
