/** @import {LabelMap} from "./labelmap.js" */
/** @import {Runs} from "./runs.js" */
import { partAt } from "./parts.js";
import { RunList } from "./runs.js";
import { TILE } from "./tile.js";
import { finish } from "./turns.js";

/** Of thousands of segments most are small. */
const ROOM_PER_SEGMENT = 64;

/** @typedef {Pick<LabelMap, "width" | "height" | "tilesX" | "tilesY" | "tile" | "get" | "packed">} ReadableMap */

/** @param {Iterable<number>} ids @returns {Uint8Array} 1 for each of them, by id */
export function tableOf(ids) {
  const table = new Uint8Array(65536);
  for (const id of ids) table[id] = 1;
  return table;
}

/**
 * Where a label map holds any of some segments.
 * @param {ReadableMap} map
 * @param {Uint8Array} wanted 1 for each wanted id, 65,536 entries
 * @returns {Runs}
 */
export const runsOf = (map, wanted) => finish(readRuns(map, wanted));

/**
 * Where a label map holds each of some segments.
 * @param {ReadableMap} map
 * @param {Uint8Array} wanted 1 for each wanted id
 * @returns {Map<number, Runs>} without those that hold no pixel
 */
export const runsById = (map, wanted) => finish(readRunsById(map, wanted));

/**
 * `runsOf` as work that can pause.
 * @param {ReadableMap} map @param {Uint8Array} wanted
 * @returns {Generator<number, Runs>} yields how much of the map is read, 0..1
 */
export function* readRuns(map, wanted) {
  const list = new RunList();
  yield* eachRun(map, wanted, (y, x0, x1) => list.add(y, x0, x1));
  return list.take();
}

/**
 * `runsById` as work that can pause.
 * @param {ReadableMap} map @param {Uint8Array} wanted
 * @returns {Generator<number, Map<number, Runs>>} yields how much of the map is read, 0..1
 */
export function* readRunsById(map, wanted) {
  /** @type {Map<number, RunList>} */
  const lists = new Map();
  yield* eachRun(map, wanted, (y, x0, x1, id) => {
    let list = lists.get(id);
    if (!list) lists.set(id, (list = new RunList(ROOM_PER_SEGMENT)));
    list.add(y, x0, x1);
  });
  return new Map([...lists].map(([id, list]) => [id, list.take()]));
}

/**
 * @param {ReadableMap} map
 * @param {Uint8Array} wanted
 * @param {(y: number, x0: number, x1: number, id: number) => void} visit in row-major order; runs end at tile borders
 * @returns {Generator<number, void>} yields after each row of tiles how much is read, 0..1
 */
function* eachRun(map, wanted, visit) {
  for (let row = 0; row < map.tilesY; row++) {
    const columns = columnsThatMayHold(map, row, wanted);
    for (let y = row * TILE; columns.length && y < Math.min((row + 1) * TILE, map.height); y++) {
      for (const column of columns) {
        const width = Math.min(TILE, map.width - column * TILE);
        const tile = map.tile(row * map.tilesX + column);
        if (tile) visitRow(tile, (y & 255) << 8, width, wanted, y, column * TILE, visit);
        else if (wanted[0]) visit(y, column * TILE, column * TILE + width, 0);
      }
    }
    yield (row + 1) / map.tilesY;
  }
}

/**
 * @param {Uint16Array} tile @param {number} start @param {number} width @param {Uint8Array} wanted @param {number} y
 * @param {number} left @param {(y: number, x0: number, x1: number, id: number) => void} visit
 */
function visitRow(tile, start, width, wanted, y, left, visit) {
  const end = start + width;
  for (let p = start; p < end;) {
    const id = tile[p];
    const from = p;
    do p++;
    while (p < end && tile[p] === id);
    if (wanted[id]) visit(y, left + from - start, left + p - start, id);
  }
}

/**
 * Tiles that are packed tell what they hold without being opened.
 * @param {ReadableMap} map @param {number} row @param {Uint8Array} wanted
 */
function columnsThatMayHold(map, row, wanted) {
  const columns = [];
  for (let column = 0; column < map.tilesX; column++) {
    const packed = map.packed.get(row * map.tilesX + column);
    if (!packed || packed.values.some((id) => wanted[id])) columns.push(column);
  }
  return columns;
}

/**
 * The 4-connected region of one segment id around a pixel.
 *
 * @param {ReadableMap} map
 * @param {number} x integer pixel
 * @param {number} y
 * @returns {Runs} empty when (x, y) is outside
 */
export function floodRuns(map, x, y) {
  if (x < 0 || y < 0 || x >= map.width || y >= map.height) return new Int32Array(0);
  return partAt(runsOf(map, tableOf([map.get(x, y)])), x, y);
}
