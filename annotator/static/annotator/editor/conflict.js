/** @import {Conflict, ConflictRegion} from "./types.js" */
/** @import {LabelDocument} from "./document.js" */
import { t } from "./i18n.js";
import { TILE } from "./tile.js";

/**
 * @typedef {object} Contested What two people drew on the same pixels.
 * @property {Map<number, number[]>} pixels per tile, in tile coordinates; mine stand there now
 * @property {(index: number) => Uint16Array | null} theirTile
 *
 * @typedef {ConflictRegion & {tiles: number[]}} Region
 */

/**
 * The choice between mine and theirs, region by region. Mine stand until "theirs" is chosen, which is a stroke like
 * any other: it can be undone, and is saved.
 *
 * @param {LabelDocument} document
 * @param {Contested} contested
 * @param {{author: string | null, revision: number}} theirs
 * @param {(left: Conflict | null) => void} tell hears what is left to be chosen
 * @returns {Conflict}
 */
export function conflictOf(document, contested, theirs, tell) {
  const conflict = (/** @type {Region[]} */ regions) =>
    /** @type {Conflict} */ ({
      regions,
      theirAuthor: theirs.author,
      theirRevision: theirs.revision,
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
 * Contested pixels in neighbouring tiles belong together.
 * @param {Map<number, number[]>} pixels
 * @param {number} tilesX
 * @returns {Region[]} by falling size
 */
function regionsOf(pixels, tilesX) {
  const left = new Set(pixels.keys());
  /** @type {Region[]} */
  const regions = [];
  for (const seed of pixels.keys()) {
    if (!left.delete(seed)) continue;
    const tiles = [seed];
    for (const index of tiles) {
      for (const near of neighbours(index, tilesX)) if (left.delete(near)) tiles.push(near);
    }
    regions.push(regionOf(tiles, pixels, tilesX));
  }
  return regions.sort((a, b) => b.pixels - a.pixels);
}

/** @param {number} index @param {number} tilesX */
function neighbours(index, tilesX) {
  const column = index % tilesX;
  const columns = [-1, 0, 1].filter((step) => column + step >= 0 && column + step < tilesX);
  return [-tilesX, 0, tilesX].flatMap((row) => columns.map((step) => index + row + step));
}

/** @param {number[]} tiles @param {Map<number, number[]>} pixels @param {number} tilesX @returns {Region} */
function regionOf(tiles, pixels, tilesX) {
  const region = { tiles, x0: Infinity, y0: Infinity, x1: 0, y1: 0, pixels: 0 };
  for (const index of tiles) {
    const [left, top] = [(index % tilesX) * TILE, Math.floor(index / tilesX) * TILE];
    for (const p of pixels.get(index) ?? []) {
      const [x, y] = [left + (p & 255), top + (p >> 8)];
      region.x0 = Math.min(region.x0, x);
      region.x1 = Math.max(region.x1, x + 1);
      region.y0 = Math.min(region.y0, y);
      region.y1 = Math.max(region.y1, y + 1);
      region.pixels++;
    }
  }
  return region;
}

/** @param {LabelDocument} document @param {Contested} contested @param {Region[]} regions */
async function takeTheirs(document, { pixels, theirTile }, regions) {
  while (document.stroke) await document.whenIdle();
  document.begin(t("Take the other's labels"), 0);
  for (const index of regions.flatMap(({ tiles }) => tiles)) {
    for (const [id, runs] of runsById(pixels.get(index) ?? [], theirTile(index), index, document.map.tilesX)) {
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
