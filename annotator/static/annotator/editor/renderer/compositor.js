/** @import {ViewState} from "../types.js" */
/** @import {Box} from "./image_levels.js" */
/** @import {Part} from "./mosaic.js" */
/** @import {LabelStyle} from "./palette.js" */
/** @import {PartPainter, Scene} from "./part_painter.js" */
/** @import {Program} from "./program.js" */
import { ALL_CELLS } from "./cell_mask.js";
import { Fence } from "./fence.js";
import { union, visibleBox } from "./image_levels.js";
import { Mosaic } from "./mosaic.js";
import { Pacer } from "./pacer.js";
import { bindTexture, createSampler } from "./program.js";
import { PART, Sheets } from "./sheets.js";

/** Longer side of the small composed picture that fills in while a sharp one is not there yet. */
const BASE_SIDE = 1024;
const BASE_PARTS = (BASE_SIDE / PART) ** 2;
/** What a part costs beyond its pixels, in parts. */
const PART_OVERHEAD = 0.05;
const BUDGET_MS = 24;
/**
 * Drawing on the canvas makes the page wait until the GPU has done what it was given before; painting does not. Where a
 * part costs more than this, no frame does both.
 */
const DIRECT_COST_MS = 0.5;
const USEFUL_FACTOR = 1.6;
/** Parts just outside the window are painted in idle frames, this many in each. */
const AHEAD_PER_FRAME = 2;
/** So long a new scale waits for tiles of the image that are on their way, rather than be painted twice. */
const PATIENCE_MS = 200;

/** @typedef {{part: Part, box: Box}} Painted A part, and which of its pixels are new. */

/**
 * Shows the picture as a mosaic of composed parts that are kept, so that a frame costs what is new in it: a stroke the
 * pixels it touched, a pan the edge that came into sight. A new scale or look is painted over several frames while the
 * last picture is shown, scaled; where the machine is fast enough all of it falls into one frame.
 */
export class Compositor {
  /**
   * @param {WebGL2RenderingContext} gl
   * @param {{present: Program}} programs
   * @param {PartPainter} painter
   */
  constructor(gl, programs, painter) {
    this.gl = gl;
    this.programs = programs;
    this.painter = painter;
    this.sheets = new Sheets(gl);
    this.pacer = new Pacer();
    /** @type {Painted[]} what was painted since the canvas was drawn on */
    this.pending = [];
    this.hasJustPresented = false;
    this.samplers = { exact: createSampler(gl, gl.NEAREST), smooth: createSampler(gl, gl.LINEAR) };
    this.fence = new Fence(gl);
    /** @type {Mosaic | null} what is shown */
    this.front = null;
    /** @type {Mosaic | null} what is being painted to take its place */
    this.next = null;
    /** @type {Box | null} the part of the image that the next one must show */
    this.nextBox = null;
    this.nextSince = 0;
    /** @type {Mosaic | null} the whole image, small */
    this.base = null;
    this.clock = 0;
    this.presented = "";
  }

  get mosaics() {
    return [this.front, this.next, this.base].filter((mosaic) => mosaic !== null);
  }

  /** Forgets everything; the next frame starts with another image. */
  clear() {
    for (const mosaic of this.mosaics) mosaic.dispose();
    this.front = null;
    this.next = null;
    this.base = null;
    this.presented = "";
    this.pending = [];
  }

  /** Marks a box of the image as changed. @param {Box} box @param {(part: Part) => boolean} [filter] */
  touch(box, filter) {
    for (const mosaic of this.mosaics) mosaic.touch(box, filter);
  }

  /**
   * One frame.
   * @param {Scene} scene @param {ViewState} view @param {LabelStyle} style
   * @param {string} look names everything but the labels' pixels that makes the picture look as it does
   * @returns {boolean} whether nothing is left to be painted
   */
  draw(scene, view, style, look) {
    // Drawing on the canvas now would make the page wait until the GPU has done what it has; another frame will do.
    if (!this.fence.isPassed) return false;
    this.clock++;
    const [columns, rows] = [Math.ceil(view.width / PART) + 3, Math.ceil(view.height / PART) + 3];
    this.sheets.reserve(2 * columns * rows + BASE_PARTS);
    const box = visibleBox(view, scene.picture);
    this.choose(scene, view, { ...style, ratio: view.ratio }, look, box);
    const isDear = this.pacer.costMs > DIRECT_COST_MS;
    if (isDear && !this.hasJustPresented && this.needsPresent(view, style)) {
      this.hasJustPresented = true;
      this.present(view, style, box);
      return false;
    }
    // Every other frame may paint, or a pan would never see what comes into sight.
    this.hasJustPresented = false;
    const { changed, spent, isDone } = this.paint(scene, view, look, box);
    this.pending.push(...changed);
    if (spent > 0) void this.measure(spent);
    if (isDear && spent > 0) return false;
    this.present(view, style, box);
    return isDone;
  }

  /** @param {ViewState} view @param {LabelStyle} style */
  needsPresent(view, style) {
    return this.pending.length > 0 || this.presentKey(view, style) !== this.presented;
  }

  /** @param {number} parts that the GPU was just given to paint */
  async measure(parts) {
    const startedAt = performance.now();
    this.fence.set();
    await this.fence.wait();
    this.pacer.learn(parts, performance.now() - startedAt);
  }

  /**
   * Decides which mosaics there are.
   * @param {Scene} scene @param {ViewState} view @param {LabelStyle & {ratio: number}} style @param {string} look
   * @param {Box} box
   */
  choose({ picture }, view, style, look, box) {
    const isWanted = (/** @type {Mosaic | null} */ mosaic) => mosaic?.scale === view.scale && mosaic.look === look;
    if (isWanted(this.front) || (this.next && isFarFrom(this.next.scale, view.scale))) {
      this.next?.dispose();
      this.next = null;
    }
    if (!isWanted(this.front) && !this.next) {
      this.next = new Mosaic(picture, view.scale, style, look, this.sheets);
      this.nextSince = performance.now();
      this.nextBox = box;
    }
    if (isWanted(this.next)) this.nextBox = box;
    if (this.base?.look === look) return;
    const scale = Math.min(1, BASE_SIDE / Math.max(picture.width, picture.height));
    const base = new Mosaic(picture, scale, style, look, this.sheets);
    if (this.base) base.parts = this.base.parts;
    for (const part of base.parts.values()) {
      part.evict = () => base.parts.delete(part.row * 65536 + part.column);
      part.dirty = ALL_CELLS;
    }
    this.base = base;
  }

  /**
   * Paints as much as is allowed: first what is in sight, then the picture to come, then what may be wanted soon.
   * @param {Scene} scene @param {ViewState} view @param {string} look @param {Box} box
   */
  paint(scene, view, look, box) {
    const allowance = this.pacer.allowance(BUDGET_MS + this.pacer.waitMs);
    /** @type {Painted[]} */
    const changed = [];
    let spent = 0;
    const work = (/** @type {Mosaic} */ mosaic, /** @type {Part[]} */ parts, most = Number.POSITIVE_INFINITY) => {
      const batch = [];
      for (const part of parts) {
        part.usedAt = this.clock;
        if (!part.dirty || batch.length >= most || spent >= allowance) continue;
        batch.push(part);
        for (const box of mosaic.dirtyBoxes(part)) {
          spent += ((box.x1 - box.x0) * (box.y1 - box.y0)) / PART ** 2 + PART_OVERHEAD;
          if (mosaic === this.front) changed.push({ part, box });
        }
      }
      this.painter.paint(scene, mosaic, batch, this.sheets);
      return parts.every(({ dirty }) => !dirty);
    };
    const isEmpty = isNothing(box);
    let isDone = true;
    if (this.front && this.front.scale === view.scale && !isEmpty) {
      const { front } = this;
      isDone = work(front, front.look === look ? front.partsFor(box) : known(front.partsFor(box)));
    }
    const isPatient = scene.isComing && performance.now() - this.nextSince < PATIENCE_MS;
    if (this.next) isDone = !isPatient && this.advance(work, isEmpty) && isDone;
    if (isDone && !this.next) isDone = this.paintAhead(work, box, isEmpty);
    return { changed, spent, isDone };
  }

  /**
   * Goes on with the picture to come and shows it when it is complete.
   * @param {(mosaic: Mosaic, parts: Part[]) => boolean} work @param {boolean} isEmpty
   */
  advance(work, isEmpty) {
    const next = /** @type {Mosaic} */ (this.next);
    const parts = isEmpty || !this.nextBox ? [] : next.partsFor(this.nextBox);
    if (!work(next, parts)) return false;
    this.front?.dispose();
    this.front = next;
    this.next = null;
    // Whether it is the one that is wanted now, the next frame finds out.
    return false;
  }

  /**
   * @param {(mosaic: Mosaic, parts: Part[], most?: number) => boolean} work @param {Box} box @param {boolean} isEmpty
   */
  paintAhead(work, box, isEmpty) {
    const { base, front } = this;
    if (!base || !front) return true;
    const isBaseDone = work(base, base.partsFor({ x0: 0, y0: 0, x1: base.image.width, y1: base.image.height }));
    if (!isBaseDone || isEmpty) return isBaseDone;
    const margin = PART / front.scale;
    const around = { x0: box.x0 - margin, y0: box.y0 - margin, x1: box.x1 + margin, y1: box.y1 + margin };
    return work(front, front.partsFor(around), AHEAD_PER_FRAME);
  }

  /**
   * Brings the canvas up to date: all of it where the view moved, else what was painted.
   * @param {ViewState} view @param {LabelStyle} style @param {Box} box
   */
  present(view, style, box) {
    const { gl, front, base } = this;
    const changed = this.pending.filter(({ part }) => front?.holds(part));
    this.pending = [];
    const isExact = front?.scale === view.scale;
    const isEmpty = isNothing(box);
    const parts = front && !isEmpty ? known(front.partsFor(box)) : [];
    const range = front?.range(box);
    const isCovered = isEmpty || (range && parts.length >= (range.x1 - range.x0) * (range.y1 - range.y0));
    const key = this.presentKey(view, style);
    const isWhole = key !== this.presented || (changed.length > 0 && (!isExact || !isCovered));
    if (!isWhole && !changed.length) return;
    this.presented = key;
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.viewport(0, 0, view.width, view.height);
    if (isWhole) {
      const [red, green, blue] = style.backdrop;
      gl.clearColor(red / 255, green / 255, blue / 255, 1);
      gl.clear(gl.COLOR_BUFFER_BIT);
    }
    const { present } = this.programs;
    gl.useProgram(present.handle);
    gl.uniform2f(present.at("u_target"), view.width, view.height);
    gl.uniform1f(present.at("u_height"), view.height);
    gl.uniform1f(present.at("u_flip"), -1);
    gl.uniform1i(present.at("u_sheet"), 0);
    if (base && isWhole && !isCovered) this.showAround(base, front && screenBox(front, parts, view), view);
    if (front) this.show(front, isWhole ? entire(front, parts) : changed, view);
    gl.bindSampler(0, null);
  }

  /** Names what the canvas shows, but for parts that are painted anew. @param {ViewState} view @param {LabelStyle} style */
  presentKey({ x, y, scale, width, height }, { backdrop }) {
    return [x, y, scale, width, height, backdrop, this.front?.serial].join();
  }

  /**
   * Shows a mosaic where another one will not be drawn over it.
   * @param {Mosaic} mosaic @param {Box | null} hole canvas pixels from the top left @param {ViewState} view
   */
  showAround(mosaic, hole, view) {
    const { gl } = this;
    const { width, height } = view;
    const painted = entire(mosaic, [...mosaic.parts.values()]);
    if (!hole) return this.show(mosaic, painted, view);
    gl.enable(gl.SCISSOR_TEST);
    for (const { x0, y0, x1, y1 } of [
      { x0: 0, y0: 0, x1: width, y1: hole.y0 },
      { x0: 0, y0: hole.y1, x1: width, y1: height },
      { x0: 0, y0: hole.y0, x1: hole.x0, y1: hole.y1 },
      { x0: hole.x1, y0: hole.y0, x1: width, y1: hole.y1 },
    ]) {
      if (x0 >= x1 || y0 >= y1) continue;
      gl.scissor(x0, height - y1, x1 - x0, y1 - y0);
      this.show(mosaic, painted, view);
    }
    gl.disable(gl.SCISSOR_TEST);
  }

  /** @param {Mosaic} mosaic @param {Painted[]} painted @param {ViewState} view */
  show(mosaic, painted, view) {
    const { gl } = this;
    const { present } = this.programs;
    const zoom = view.scale / mosaic.scale;
    gl.uniform1f(present.at("u_zoom"), zoom);
    gl.bindSampler(0, zoom === 1 ? this.samplers.exact : this.samplers.smooth);
    for (const { part, box } of painted) {
      if (part.slot < 0) continue;
      const [x, y] = [view.x + part.column * PART * zoom, view.y + part.row * PART * zoom];
      const rect = [x + box.x0 * zoom, y + box.y0 * zoom, (box.x1 - box.x0) * zoom, (box.y1 - box.y0) * zoom];
      if (rect[0] >= view.width || rect[1] >= view.height || rect[0] + rect[2] <= 0 || rect[1] + rect[3] <= 0) continue;
      const place = this.sheets.place(part.slot);
      const { x1: width, y1: height } = mosaic.whole(part.column, part.row);
      bindTexture(gl, 0, gl.TEXTURE_2D, place.texture);
      gl.uniform1f(present.at("u_sheet_side"), place.side);
      gl.uniform2f(present.at("u_slot"), place.x, place.y);
      gl.uniform2f(present.at("u_used"), width, height);
      gl.uniform2f(present.at("u_corner"), x, y);
      gl.uniform4f(present.at("u_rect"), rect[0], rect[1], rect[2], rect[3]);
      gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
    }
  }
}

/**
 * The whole canvas pixels that parts cover, if they make a full rectangle.
 * @param {Mosaic} mosaic @param {Part[]} parts @param {ViewState} view
 * @returns {Box | null}
 */
function screenBox(mosaic, parts, { x, y, width, height, scale }) {
  /** @type {Box | null} */
  let range = null;
  for (const { column, row } of parts) range = union(range, { x0: column, y0: row, x1: column + 1, y1: row + 1 });
  if (!range || (range.x1 - range.x0) * (range.y1 - range.y0) !== parts.length) return null;
  const zoom = scale / mosaic.scale;
  const clamp = (/** @type {number} */ value, /** @type {number} */ most) => Math.min(Math.max(value, 0), most);
  return {
    x0: clamp(Math.ceil(x + range.x0 * PART * zoom), width),
    y0: clamp(Math.ceil(y + range.y0 * PART * zoom), height),
    x1: clamp(Math.floor(x + Math.min(range.x1 * PART, mosaic.width) * zoom), width),
    y1: clamp(Math.floor(y + Math.min(range.y1 * PART, mosaic.height) * zoom), height),
  };
}

/** @param {Mosaic} mosaic @param {Part[]} parts @returns {Painted[]} */
function entire(mosaic, parts) {
  return parts.map((part) => ({ part, box: mosaic.whole(part.column, part.row) }));
}

/**
 * While a zoom goes on, a picture for a scale that has just been left is finished all the same, since something sharp
 * has to come at last; not one that would be of no use.
 * @param {number} scale @param {number} wanted
 */
function isFarFrom(scale, wanted) {
  return Math.max(scale / wanted, wanted / scale) > USEFUL_FACTOR;
}

/** @param {Box} box */
function isNothing({ x0, y0, x1, y1 }) {
  return x0 >= x1 || y0 >= y1;
}

/** @param {Part[]} parts @returns {Part[]} those that were painted before */
function known(parts) {
  return parts.filter(({ slot }) => slot >= 0);
}
