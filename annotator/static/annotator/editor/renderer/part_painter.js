/** @import {Picture} from "../picture.js" */
/** @import {Box} from "./image_levels.js" */
/** @import {ImageTexels, Piece} from "./image_texels.js" */
/** @import {LabelTexels} from "./label_texels.js" */
/** @import {Mosaic, Part} from "./mosaic.js" */
/** @import {Program} from "./program.js" */
/** @import {Sheets} from "./sheets.js" */
import { TILE } from "../tile.js";
import { ALL_CELLS } from "./cell_mask.js";
import { intersection, levelFor, PICTURE_TILE } from "./image_levels.js";
import { bindTexture, createTexture } from "./program.js";
import { PART } from "./sheets.js";

/** Device pixels around a part whose ids are needed for contours; at least twice the widest line. */
const HALO = 8;
const SCRATCH = PART + 2 * HALO;
/** The ids of 4 × 4 parts find room at once. */
const SCRATCH_SIDE = 4;
const BATCH = SCRATCH_SIDE ** 2;
const WIDEST_LINE = HALO / 2;
/** Up to this scale the overview of the labels is read. */
const COARSE_SCALE = 1 / 4;

/**
 * @typedef {object} Scene What is painted.
 * @property {Picture} picture
 * @property {ImageTexels} images
 * @property {boolean} isComing whether tiles of the picture that are in sight are on their way
 * @property {LabelTexels} labels
 * @property {LabelTexels} preview
 * @property {boolean} hasPreview whether the proposal has any pixels
 * @property {[number, number, number]} previewColor bytes
 * @property {WebGLTexture} palette
 * @property {WebGLTexture} heat
 *
 * @typedef {object} PartJob
 * @property {Part} part
 * @property {number[]} scratch where its ids lie: x, y
 * @property {ReturnType<PartPainter["placeOf"]>} place
 * @property {Box[]} boxes to be painted, pixels of the part
 */

/** Paints parts of a mosaic into their sheets. */
export class PartPainter {
  /**
   * @param {WebGL2RenderingContext} gl
   * @param {{ids: Program, compose: Program}} programs
   */
  constructor(gl, programs) {
    this.gl = gl;
    this.programs = programs;
    this.scratch = createTexture(gl, gl.RG16UI, SCRATCH_SIDE * SCRATCH, SCRATCH_SIDE * SCRATCH);
    this.scratchTarget = gl.createFramebuffer();
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.scratchTarget);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, this.scratch, 0);
    this.bindSamplers();
  }

  bindSamplers() {
    const { gl } = this;
    const { ids, compose } = this.programs;
    gl.useProgram(ids.handle);
    const sources = ["tiles", "lookup", "overview", "preview_tiles", "preview_lookup", "preview_overview"];
    sources.forEach((name, unit) => gl.uniform1i(ids.at(`u_${name}`), unit));
    gl.uniform2f(ids.at("u_target"), SCRATCH_SIDE * SCRATCH, SCRATCH_SIDE * SCRATCH);
    gl.uniform1f(ids.at("u_flip"), 1);
    gl.useProgram(compose.handle);
    ["ids", "palette", "image", "heat"].forEach((name, unit) => gl.uniform1i(compose.at(`u_${name}`), unit));
    gl.uniform2f(compose.at("u_ids_size"), SCRATCH_SIDE * SCRATCH, SCRATCH_SIDE * SCRATCH);
    gl.uniform2f(compose.at("u_image_texture"), PICTURE_TILE, PICTURE_TILE);
    gl.uniform1f(compose.at("u_flip"), 1);
  }

  /**
   * Paints what is dirty in parts. All ids come first, then sheet by sheet: changing the target makes the GPU wait.
   * @param {Scene} scene @param {Mosaic} mosaic @param {Part[]} parts @param {Sheets} sheets
   */
  paint(scene, mosaic, parts, sheets) {
    for (let i = 0; i < parts.length; i += BATCH) {
      const jobs = parts.slice(i, i + BATCH).map((part, at) => {
        if (part.slot < 0) part.slot = sheets.take(part);
        const scratch = [(at % SCRATCH_SIDE) * SCRATCH + HALO, Math.floor(at / SCRATCH_SIDE) * SCRATCH + HALO];
        return { part, scratch, place: this.placeOf(mosaic, part), boxes: mosaic.dirtyBoxes(part) };
      });
      if (mosaic.style.isShown || scene.hasPreview) this.paintIds(scene, mosaic, jobs);
      jobs.sort((a, b) => a.part.slot - b.part.slot);
      this.startCompose(scene, mosaic);
      for (const job of jobs) this.composePart(scene, mosaic, job, sheets);
    }
  }

  /** @param {Mosaic} mosaic @param {Part} part */
  placeOf({ scale }, { column, row }) {
    const [x, y] = [(column * PART) / scale, (row * PART) / scale];
    const [pixelX, pixelY] = [Math.floor(x), Math.floor(y)];
    return { pixel: [pixelX, pixelY], rest: [x - pixelX, y - pixelY], x, y, step: 1 / scale };
  }

  /** @param {Program} program @param {ReturnType<PartPainter["placeOf"]>} place */
  setPlace(program, { pixel, rest, step }) {
    const { gl } = this;
    gl.uniform2i(program.at("u_pixel"), pixel[0], pixel[1]);
    gl.uniform2f(program.at("u_rest"), rest[0], rest[1]);
    gl.uniform1f(program.at("u_step"), step);
  }

  /** @param {Scene} scene @param {Mosaic} mosaic @param {PartJob[]} jobs */
  paintIds({ picture, labels, preview, hasPreview }, mosaic, jobs) {
    const { gl } = this;
    const { ids } = this.programs;
    const isCoarse = mosaic.scale <= COARSE_SCALE;
    const around = jobs.map(({ boxes }) => boxes.map(withHalo));
    jobs.forEach(({ place }, i) => {
      for (const box of around[i]) {
        const needed = imageBox(place, box);
        labels.prepare(needed, isCoarse);
        if (hasPreview) preview.prepare(needed, isCoarse);
      }
    });
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.scratchTarget);
    gl.viewport(0, 0, SCRATCH_SIDE * SCRATCH, SCRATCH_SIDE * SCRATCH);
    gl.useProgram(ids.handle);
    labels.bind(0);
    preview.bind(3);
    gl.uniform1i(ids.at("u_is_coarse"), isCoarse ? 1 : 0);
    gl.uniform1i(ids.at("u_has_preview"), hasPreview ? 1 : 0);
    gl.uniform2i(ids.at("u_image_size"), picture.width, picture.height);
    gl.uniform2f(ids.at("u_tile_counts"), Math.ceil(picture.width / TILE), Math.ceil(picture.height / TILE));
    jobs.forEach(({ place, scratch: [x, y] }, i) => {
      this.setPlace(ids, place);
      gl.uniform2f(ids.at("u_scratch"), x, y);
      for (const { x0, y0, x1, y1 } of around[i]) {
        gl.uniform4f(ids.at("u_rect"), x + x0, y + y0, x1 - x0, y1 - y0);
        gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
      }
    });
  }

  /** @param {Scene} scene @param {Mosaic} mosaic */
  startCompose({ picture, hasPreview, previewColor, palette, heat }, { style }) {
    const { gl } = this;
    const { compose } = this.programs;
    gl.useProgram(compose.handle);
    bindTexture(gl, 0, gl.TEXTURE_2D, this.scratch);
    bindTexture(gl, 1, gl.TEXTURE_2D, palette);
    bindTexture(gl, 3, gl.TEXTURE_2D, heat);
    gl.uniform2f(compose.at("u_image_size"), picture.width, picture.height);
    gl.uniform1i(compose.at("u_are_labels_shown"), style.isShown ? 1 : 0);
    gl.uniform1i(compose.at("u_hatch_unlabelled"), style.isUnlabelledShown ? 1 : 0);
    gl.uniform1i(compose.at("u_has_preview"), hasPreview ? 1 : 0);
    gl.uniform3f(compose.at("u_preview_color"), previewColor[0] / 255, previewColor[1] / 255, previewColor[2] / 255);
    gl.uniform1f(compose.at("u_opacity"), style.opacity);
    gl.uniform1f(compose.at("u_heat_opacity"), style.heatOpacity);
    gl.uniform1i(compose.at("u_line"), Math.min(Math.max(1, Math.round(style.ratio)), WIDEST_LINE));
    gl.uniform3f(compose.at("u_adjust"), style.brightness, style.contrast, style.gamma);
  }

  /** @param {Scene} scene @param {Mosaic} mosaic @param {PartJob} job @param {Sheets} sheets */
  composePart({ picture, images }, mosaic, { part, place, boxes, scratch }, sheets) {
    const { gl } = this;
    const { compose } = this.programs;
    const slot = sheets.place(part.slot);
    gl.bindFramebuffer(gl.FRAMEBUFFER, slot.target);
    gl.viewport(0, 0, slot.side, slot.side);
    this.setPlace(compose, place);
    gl.uniform2f(compose.at("u_scratch"), scratch[0], scratch[1]);
    gl.uniform2f(compose.at("u_target"), slot.side, slot.side);
    gl.uniform2i(compose.at("u_slot"), slot.x, slot.y);
    gl.uniform2i(compose.at("u_plane"), part.column * PART, part.row * PART);
    const level = levelFor(mosaic.scale, picture.levels);
    let isFinal = part.dirty === ALL_CELLS || !part.isProvisional;
    for (const box of boxes) {
      const pieces = images.cover(picture, level, imageBox(place, box));
      for (const piece of pieces) this.compose(piece, mosaic, place, box, slot);
      isFinal &&= pieces.length > 0 && pieces.every((piece) => piece.isFinal);
    }
    part.isProvisional = !isFinal;
    part.dirty = 0;
  }

  /**
   * @param {Piece} piece @param {Mosaic} mosaic @param {ReturnType<PartPainter["placeOf"]>} place
   * @param {Box} box @param {{x: number, y: number}} slot
   */
  compose(piece, { scale, image, style }, place, box, slot) {
    const { gl } = this;
    const { compose } = this.programs;
    // The outermost pieces reach as far as the part does, whatever the rounding says.
    const own = {
      x0: (piece.box.x0 - place.x) * scale,
      y0: (piece.box.y0 - place.y) * scale,
      x1: piece.box.x1 < image.width ? (piece.box.x1 - place.x) * scale : PART,
      y1: piece.box.y1 < image.height ? (piece.box.y1 - place.y) * scale : PART,
    };
    const { x0, y0, x1, y1 } = intersection(own, box);
    if (x0 >= x1 || y0 >= y1) return;
    bindTexture(gl, 2, gl.TEXTURE_2D, piece.texture);
    gl.uniform2f(compose.at("u_image_origin"), piece.x, piece.y);
    gl.uniform2f(compose.at("u_image_texels"), piece.texels[0], piece.texels[1]);
    gl.uniform2f(compose.at("u_image_step"), piece.step[0], piece.step[1]);
    const isExact = !style.isSmooth && scale >= 1 && piece.isFinal && piece.step[0] === 1;
    gl.uniform1i(compose.at("u_is_exact"), isExact ? 1 : 0);
    gl.uniform4f(compose.at("u_rect"), slot.x + x0, slot.y + y0, x1 - x0, y1 - y0);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }
}

/** @param {Box} box pixels of a part @returns {Box} with what its contours depend on */
function withHalo({ x0, y0, x1, y1 }) {
  return { x0: x0 - HALO, y0: y0 - HALO, x1: Math.min(x1, PART) + HALO, y1: Math.min(y1, PART) + HALO };
}

/**
 * The image pixels under a box of a part.
 * @param {{x: number, y: number, step: number}} place @param {Box} box
 * @returns {Box}
 */
function imageBox({ x, y, step }, box) {
  return {
    x0: Math.floor(x + box.x0 * step),
    y0: Math.floor(y + box.y0 * step),
    x1: Math.ceil(x + box.x1 * step),
    y1: Math.ceil(y + box.y1 * step),
  };
}
