/** @import {LabelMap} from "../labelmap.js" */
/** @import {ViewState} from "../types.js" */
/** @import {ImageChunk, LabelStyle, Renderer} from "./palette.js" */
import { TILE, TILE_PIXELS } from "../tile.js";
import { SELECTED, VISIBLE } from "./palette.js";

/** Every eighth diagonal of unlabelled pixels is drawn. */
const HATCH_PERIOD = 8;

/**
 * For browsers without WebGL2: slower, with a contour in image pixels. Tiles are painted for show only and never read
 * back, since browsers may alter such pixels.
 *
 * @implements {Renderer}
 */
export class CanvasRenderer {
  /** @param {CanvasRenderingContext2D} context */
  constructor(context) {
    this.backend = "2d";
    this.context = context;
    /** @type {ImageChunk[]} */
    this.chunks = [];
    this.size = [1, 1];
    /** @type {LabelMap | null} */
    this.map = null;
    /** @type {Uint8Array<ArrayBuffer>} */
    this.palette = new Uint8Array(65536 * 4);
    /** @type {Map<number, OffscreenCanvas>} */
    this.painted = new Map();
    this.paintedStyle = "";
    this.unlisten = () => {};
  }

  /** @param {ImageChunk[]} chunks @param {number} width @param {number} height */
  setImage(chunks, width, height) {
    this.chunks = chunks;
    this.size = [width, height];
  }

  /** @param {LabelMap} map */
  setLabels(map) {
    this.unlisten();
    this.map = map;
    this.painted.clear();
    this.unlisten = map.onChange((index) => {
      for (const near of [0, -1, 1, -map.tilesX, map.tilesX]) this.painted.delete(index + near);
    });
  }

  /** @param {Uint8Array<ArrayBuffer>} palette */
  setPalette(palette) {
    this.palette = palette;
    this.painted.clear();
  }

  /** @param {ViewState} view @param {LabelStyle} style */
  draw(view, style) {
    const { context, map } = this;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = `rgb(${style.backdrop.join(" ")})`;
    context.fillRect(0, 0, view.width, view.height);
    context.setTransform(view.scale, 0, 0, view.scale, view.x, view.y);
    context.imageSmoothingEnabled = view.scale < 1;
    for (const { x, y, bitmap } of this.chunks) context.drawImage(bitmap, x, y);
    if (!map || !style.isShown) return;
    context.imageSmoothingEnabled = false;
    const key = `${style.opacity} ${style.isUnlabelledShown}`;
    if (key !== this.paintedStyle) this.painted.clear();
    this.paintedStyle = key;
    const first = {
      x: Math.max(0, Math.floor(-view.x / view.scale / TILE)),
      y: Math.max(0, Math.floor(-view.y / view.scale / TILE)),
    };
    const last = {
      x: Math.min(map.tilesX, Math.ceil((view.width - view.x) / view.scale / TILE)),
      y: Math.min(map.tilesY, Math.ceil((view.height - view.y) / view.scale / TILE)),
    };
    for (let ty = first.y; ty < last.y; ty++) {
      for (let tx = first.x; tx < last.x; tx++) {
        const index = ty * map.tilesX + tx;
        if (map.tiles[index] || style.isUnlabelledShown)
          context.drawImage(this.tile(map, index, style), tx * TILE, ty * TILE);
      }
    }
  }

  /** @param {LabelMap} map @param {number} index @param {LabelStyle} style */
  tile(map, index, style) {
    const ready = this.painted.get(index);
    if (ready) return ready;
    const left = (index % map.tilesX) * TILE;
    const top = Math.floor(index / map.tilesX) * TILE;
    const pixels = new Uint8ClampedArray(TILE_PIXELS * 4);
    for (let p = 0; p < TILE_PIXELS; p++) {
      const [x, y] = [left + (p & 255), top + (p >> 8)];
      if (x >= map.width || y >= map.height) continue;
      const id = map.get(x, y);
      if (id === 0) {
        if (style.isUnlabelledShown && (x + y) % HATCH_PERIOD === 0) pixels.set([255, 255, 255, 110], p * 4);
        continue;
      }
      const flags = this.palette[id * 4 + 3];
      if (!(flags & VISIBLE)) continue;
      const isEdge =
        map.get(x + 1, y) !== id || map.get(x, y + 1) !== id || map.get(x - 1, y) !== id || map.get(x, y - 1) !== id;
      if (isEdge && flags & SELECTED) pixels.set([255, 255, 255, 255], p * 4);
      else {
        pixels.set(this.palette.subarray(id * 4, id * 4 + 3), p * 4);
        pixels[p * 4 + 3] = isEdge ? 255 : style.opacity * 255;
      }
    }
    const canvas = new OffscreenCanvas(TILE, TILE);
    canvas.getContext("2d")?.putImageData(new ImageData(pixels, TILE, TILE), 0, 0);
    this.painted.set(index, canvas);
    return canvas;
  }

  dispose() {
    this.unlisten();
  }
}
