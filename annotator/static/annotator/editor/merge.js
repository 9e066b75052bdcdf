/** @import {LabelClass, Segment} from "./types.js" */
import { TILE_PIXELS } from "./tile.js";
import { freeId } from "./segments.js";

/**
 * @typedef {object} MyTile
 * @property {Uint16Array | null} base the tile as both sides last knew it
 * @property {Uint16Array | null} now the tile as I have it
 *
 * @typedef {object} MergeInput
 * @property {Segment[]} baseSegments
 * @property {Segment[]} mySegments
 * @property {Segment[]} theirSegments
 * @property {Map<number, MyTile>} myTiles tiles that I changed since the base
 * @property {(index: number) => Uint16Array | null} theirTile
 * @property {LabelClass[]} classes
 *
 * @typedef {object} MergeResult
 * @property {Map<number, Uint16Array>} tiles merged content of my changed tiles
 * @property {Segment[]} segments
 * @property {Map<number, number>} remap my segment ids that had to give way
 * @property {Map<number, number[]>} contested per tile the pixels that both sides changed, to different segments; mine
 *   stand
 */

/**
 * Three-way merge of label edits: pixels I changed stay mine, all others become theirs.
 *
 * @param {MergeInput} input
 * @returns {MergeResult}
 */
export function mergeLabels(input) {
  const remap = remapIds(input);
  const tiles = new Map();
  /** @type {Map<number, number[]>} */
  const contested = new Map();
  for (const [index, { base, now }] of input.myTiles) {
    const theirs = input.theirTile(index);
    const merged = theirs ? theirs.slice() : new Uint16Array(TILE_PIXELS);
    const disputed = [];
    for (let p = 0; p < TILE_PIXELS; p++) {
      const was = base ? base[p] : 0;
      const is = now ? now[p] : 0;
      if (is === was) continue;
      const mine = remap.get(is) ?? is;
      if (merged[p] !== was && merged[p] !== mine) disputed.push(p);
      merged[p] = mine;
    }
    tiles.set(index, merged);
    if (disputed.length) contested.set(index, disputed);
  }
  return { tiles, segments: mergeSegments(input, remap), remap, contested };
}

/**
 * Ids that both sides gave away since the base must not fall together, and a stuff class keeps one segment.
 * @param {MergeInput} input
 * @returns {Map<number, number>}
 */
function remapIds({ baseSegments, mySegments, theirSegments, myTiles, theirTile, classes }) {
  const inBase = new Set(baseSegments.map((segment) => segment.id));
  const theirs = new Map(theirSegments.map((segment) => [segment.id, segment]));
  const taken = new Map([...baseSegments, ...mySegments, ...theirSegments].map((segment) => [segment.id, true]));
  const stuff = new Set(classes.filter((entry) => entry.kind === "stuff").map((entry) => entry.id));
  /** @type {Map<number, number>} */
  const remap = new Map();
  for (const mine of mySegments) {
    if (inBase.has(mine.id)) continue;
    const same = theirs.get(mine.id);
    const twin = stuff.has(mine.class) ? theirSegments.find((segment) => segment.class === mine.class) : undefined;
    if (twin) {
      if (twin.id !== mine.id) remap.set(mine.id, twin.id);
    } else if (same && !(same.class === mine.class && isAlreadyTheirs(mine.id, myTiles, theirTile))) {
      const id = freeId(taken);
      taken.set(id, true);
      remap.set(mine.id, id);
    }
  }
  return remap;
}

/**
 * Whether they hold every pixel that I gave this id: then a save of mine did arrive, though its answer was lost.
 * @param {number} id @param {Map<number, MyTile>} myTiles @param {(index: number) => Uint16Array | null} theirTile
 */
function isAlreadyTheirs(id, myTiles, theirTile) {
  for (const [index, { now }] of myTiles) {
    if (!now?.includes(id)) continue;
    const theirs = theirTile(index);
    if (!theirs) return false;
    for (let p = 0; p < TILE_PIXELS; p++) if (now[p] === id && theirs[p] !== id) return false;
  }
  return true;
}

/** @param {MergeInput} input @param {Map<number, number>} remap @returns {Segment[]} */
function mergeSegments({ baseSegments, mySegments, theirSegments }, remap) {
  const base = new Map(baseSegments.map((segment) => [segment.id, JSON.stringify(segment)]));
  const merged = new Map(theirSegments.map((segment) => [segment.id, segment]));
  for (const mine of mySegments) {
    const id = remap.get(mine.id) ?? mine.id;
    const isChanged = base.has(mine.id) && base.get(mine.id) !== JSON.stringify(mine);
    if (isChanged || !merged.has(id)) merged.set(id, { ...mine, id });
  }
  return [...merged.values()].sort((a, b) => a.id - b.id);
}
