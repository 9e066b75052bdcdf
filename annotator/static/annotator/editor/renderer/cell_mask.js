/** @import {Box} from "./image_levels.js" */

/** A square of 256 pixels is looked after in 4 × 4 cells: bit 4 · row + column of a mask says what has changed. */
export const CELL = 64;
const SIDE = 4;
export const ALL_CELLS = 0xffff;

/**
 * @param {Box} box pixels of the square; may reach beyond it
 * @returns {number} mask of the cells that it touches
 */
export function cellsIn(box) {
  const [left, top] = [Math.max(0, Math.floor(box.x0 / CELL)), Math.max(0, Math.floor(box.y0 / CELL))];
  const [right, bottom] = [Math.min(SIDE, Math.ceil(box.x1 / CELL)), Math.min(SIDE, Math.ceil(box.y1 / CELL))];
  if (left >= right) return 0;
  const run = ((1 << right) - 1) & ~((1 << left) - 1);
  let mask = 0;
  for (let row = top; row < bottom; row++) mask |= run << (row * SIDE);
  return mask;
}

/**
 * Few rectangles that cover the cells of a mask and nothing else.
 * @param {number} mask
 * @returns {Box[]}
 */
export function boxesOf(mask) {
  /** @type {Box[]} */
  const boxes = [];
  for (let row = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE;) {
      const start = column;
      while (column < SIDE && mask & (1 << (row * SIDE + column))) column++;
      if (column === start) {
        column++;
        continue;
      }
      const [x0, x1, y0] = [start * CELL, column * CELL, row * CELL];
      const above = boxes.find((box) => box.x0 === x0 && box.x1 === x1 && box.y1 === y0);
      if (above) above.y1 += CELL;
      else boxes.push({ x0, y0, x1, y1: y0 + CELL });
    }
  }
  return boxes;
}
