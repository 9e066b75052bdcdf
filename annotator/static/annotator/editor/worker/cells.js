/** @import {Runs} from "../runs.js" */
/** @import {ReadableMap} from "../regions.js" */
import { lineRuns, RunList, uniteRuns } from "../runs.js";

/** The superpixels of an image: which cell each pixel is in, and where each cell lies. */
export class Cells {
  /** @param {ReadableMap & {tileCount: number}} map cell ids as pixel values */
  constructor(map) {
    this.map = map;
    /** x0, y0, x1, y1 (exclusive) of each cell */
    this.boxes = new Int32Array(65536 * 4);
    for (let id = 0; id < 65536; id++) this.boxes.set([map.width, map.height, 0, 0], id * 4);
    for (let y = 0; y < map.height; y++) this.measureRow(y);
  }

  /** @param {number} y */
  measureRow(y) {
    const { map, boxes } = this;
    for (let x = 0; x < map.width;) {
      const id = map.get(x, y);
      const from = x;
      const tile = map.tile((y >> 8) * map.tilesX + (x >> 8));
      const end = Math.min((x | 255) + 1, map.width);
      const row = (y & 255) << 8;
      do x++;
      while (x < end && (tile ? tile[row | (x & 255)] : 0) === id);
      const box = id * 4;
      if (from < boxes[box]) boxes[box] = from;
      if (y < boxes[box + 1]) boxes[box + 1] = y;
      if (x > boxes[box + 2]) boxes[box + 2] = x;
      if (y >= boxes[box + 3]) boxes[box + 3] = y + 1;
    }
  }

  /**
   * All cells that a line of pixels passes.
   * @param {[number, number][]} path integer pixels
   * @returns {Runs}
   */
  along(path) {
    /** @type {Set<number>} */
    const ids = new Set();
    const line = lineRuns(path.length === 1 ? [path[0], path[0]] : path);
    for (let i = 0; i < line.length; i += 3) {
      for (let x = line[i + 1]; x < line[i + 2]; x++) ids.add(this.map.get(x, line[i]));
    }
    ids.delete(0);
    /** @type {Runs} */
    let runs = new Int32Array(0);
    for (const id of ids) runs = uniteRuns(runs, this.cell(id));
    return runs;
  }

  /** @param {number} id @returns {Runs} */
  cell(id) {
    const list = new RunList();
    const [x0, y0, x1, y1] = this.boxes.subarray(id * 4, id * 4 + 4);
    for (let y = y0; y < y1; y++) {
      for (let x = x0; x < x1; x++) if (this.map.get(x, y) === id) list.add(y, x, x + 1);
    }
    return list.take();
  }
}
