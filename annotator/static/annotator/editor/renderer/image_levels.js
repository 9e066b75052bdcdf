/** @import {ViewState} from "../types.js" */

/** Side of a tile of the picture, at every level. */
export const PICTURE_TILE = 512;

/** A level is chosen so that a device pixel covers 0.84 to 1.68 of its texels: sharp, with little shimmer. */
const SHARPNESS = 0.25;

/**
 * @typedef {{x0: number, y0: number, x1: number, y1: number}} Box end exclusive
 * @typedef {{level: number, column: number, row: number}} TileName
 */

/**
 * Levels of a picture: 0 is full size, each next one half of it, the last fits into one tile.
 * @param {number} width @param {number} height
 */
export function levelCount(width, height) {
  let levels = 1;
  for (let side = Math.max(width, height); side > PICTURE_TILE; side = Math.ceil(side / 2)) levels++;
  return levels;
}

/** Size of a level in its own pixels. @param {number} size of the picture @param {number} level */
export function levelSize(size, level) {
  let length = size;
  for (let i = 0; i < level; i++) length = Math.max(1, Math.ceil(length / 2));
  return length;
}

/**
 * The level to draw at a scale.
 * @param {number} scale device pixels per image pixel @param {number} levels
 */
export function levelFor(scale, levels) {
  const level = Math.floor(Math.log2(1 / scale) + SHARPNESS);
  return Math.min(Math.max(level, 0), levels - 1);
}

/**
 * Tiles of a level that a box of the image touches.
 * @param {{width: number, height: number}} picture @param {number} level @param {Box} box image pixels
 * @returns {Box} columns and rows, end exclusive
 */
export function tilesIn({ width, height }, level, box) {
  const [levelWidth, levelHeight] = [levelSize(width, level), levelSize(height, level)];
  const [stepX, stepY] = [(PICTURE_TILE * width) / levelWidth, (PICTURE_TILE * height) / levelHeight];
  return {
    x0: Math.max(0, Math.floor(box.x0 / stepX)),
    y0: Math.max(0, Math.floor(box.y0 / stepY)),
    x1: Math.min(Math.ceil(levelWidth / PICTURE_TILE), Math.ceil(box.x1 / stepX)),
    y1: Math.min(Math.ceil(levelHeight / PICTURE_TILE), Math.ceil(box.y1 / stepY)),
  };
}

/**
 * Where a tile lies in the image.
 * @param {{width: number, height: number}} picture @param {TileName} name
 * @returns {Box & {stepX: number, stepY: number}} image pixels, and image pixels per texel
 */
export function tileBox({ width, height }, { level, column, row }) {
  const [stepX, stepY] = [width / levelSize(width, level), height / levelSize(height, level)];
  const side = PICTURE_TILE;
  return {
    x0: column * side * stepX,
    y0: row * side * stepY,
    x1: Math.min(width, (column + 1) * side * stepX),
    y1: Math.min(height, (row + 1) * side * stepY),
    stepX,
    stepY,
  };
}

/**
 * The part of an image that a view shows.
 * @param {ViewState} view @param {{width: number, height: number}} picture
 * @returns {Box} image pixels, whole ones; empty (x1 <= x0) where the image is out of sight
 */
export function visibleBox(view, { width, height }) {
  return {
    x0: Math.max(0, Math.floor(-view.x / view.scale)),
    y0: Math.max(0, Math.floor(-view.y / view.scale)),
    x1: Math.min(width, Math.ceil((view.width - view.x) / view.scale)),
    y1: Math.min(height, Math.ceil((view.height - view.y) / view.scale)),
  };
}

/** @param {Box} a @param {Box} b */
export function doOverlap(a, b) {
  return a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1;
}

/** @param {Box} a @param {Box} b @returns {Box} */
export function intersection(a, b) {
  return {
    x0: Math.max(a.x0, b.x0),
    y0: Math.max(a.y0, b.y0),
    x1: Math.min(a.x1, b.x1),
    y1: Math.min(a.y1, b.y1),
  };
}

/** @param {Box | null} a @param {Box} b @returns {Box} the smallest box around both */
export function union(a, b) {
  if (!a) return b;
  return {
    x0: Math.min(a.x0, b.x0),
    y0: Math.min(a.y0, b.y0),
    x1: Math.max(a.x1, b.x1),
    y1: Math.max(a.y1, b.y1),
  };
}
