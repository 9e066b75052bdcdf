import { LabelMap } from "./labelmap.js";
import { isTidy, tidyRuns } from "./runs.js";
import { TILE, TILE_PIXELS } from "./tile.js";
import { Turns } from "./turns.js";

/** Work on the picture stops after this long and goes on in the next turn, so that it never stalls the page. */
const TURN_MS = 6;

/** A proposal as a label map of zeros and ones, for the renderer; it is never saved nor copied into the labels. */
export class ProposalMap {
  /** @param {number} width @param {number} height */
  constructor(width, height) {
    this.map = new LabelMap(width, height);
    /** @type {Set<number>} tiles that hold a part of it */
    this.shown = new Set();
    this.turn = 0;
  }

  /**
   * Shows other runs; a call that comes meanwhile takes over.
   * @param {ArrayLike<number>} given
   */
  async show(given) {
    const turn = ++this.turn;
    const runs = isTidy(given) ? given : tidyRuns(given);
    const stale = new Set(this.shown);
    const turns = new Turns(TURN_MS);
    for (let from = 0; from < runs.length;) {
      from = this.writeTileRow(runs, from, stale);
      if (!turns.isOver) continue;
      await turns.next();
      if (turn !== this.turn) return;
    }
    await this.emptyAll(stale, turns);
  }

  async clear() {
    this.turn++;
    await this.emptyAll(new Set(this.shown), new Turns(TURN_MS));
  }

  /** @param {Set<number>} indices @param {Turns} turns */
  async emptyAll(indices, turns) {
    const { turn } = this;
    for (const index of indices) {
      this.empty(index);
      if (!turns.isOver) continue;
      await turns.next();
      if (turn !== this.turn) return;
    }
  }

  /**
   * Writes all runs that lie in one row of tiles.
   * @param {ArrayLike<number>} runs @param {number} from @param {Set<number>} stale loses the tiles written
   * @returns {number} where the next row of tiles begins
   */
  writeTileRow(runs, from, stale) {
    const { map } = this;
    const row = runs[from] >> 8;
    /** @type {Map<number, Uint16Array>} */
    const tiles = new Map();
    for (; from < runs.length && runs[from] >> 8 === row; from += 3) {
      if (runs[from] < 0 || runs[from] >= map.height) continue;
      const end = Math.min(runs[from + 2], map.width);
      for (let x = Math.max(runs[from + 1], 0); x < end;) {
        const index = row * map.tilesX + (x >> 8);
        const stop = Math.min(end, (x | (TILE - 1)) + 1);
        let tile = tiles.get(index);
        if (!tile) tiles.set(index, (tile = new Uint16Array(TILE_PIXELS)));
        const start = (runs[from] & 255) << 8;
        tile.fill(1, start + (x & 255), start + ((stop - 1) & 255) + 1);
        x = stop;
      }
    }
    for (const [index, tile] of tiles) {
      map.put(index, tile);
      map.touched(index, 0, TILE);
      this.shown.add(index);
      stale.delete(index);
    }
    return from;
  }

  /** @param {number} index */
  empty(index) {
    this.map.put(index, null);
    this.map.touched(index, 0, TILE);
    this.shown.delete(index);
  }
}
