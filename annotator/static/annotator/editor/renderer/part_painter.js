/** @import {Picture} from "../picture.js" */
/** @import {Box} from "./image_levels.js" */
/** @import {ImageTexels, Piece} from "./image_texels.js" */
/** @import {LabelTexels} from "./label_texels.js" */
/** @import {Mosaic, Part} from "./mosaic.js" */
/** @import {Program} from "./program.js" */
/** @import {Sheets} from "./sheets.js" */
import { TILE } from "../tile.js";
import { intersection, levelFor, PICTURE_TILE } from "./image_levels.js";
import { bindTexture, createTexture } from "./program.js";
import { PART } from "./sheets.js";

/** Device pixels around a part whose ids are needed for contours; at least twice the widest line. */
const HALO = 8;
const SCRATCH = PART + 2 * HALO;
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
    this.scratch = createTexture(gl, gl.RG16UI, SCRATCH, SCRATCH);
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
    gl.uniform1f(ids.at("u_halo"), HALO);
    gl.uniform2f(ids.at("u_target"), SCRATCH, SCRATCH);
    gl.uniform1f(ids.at("u_flip"), 1);
    gl.useProgram(compose.handle);
    ["ids", "palette", "image", "heat"].forEach((name, unit) => gl.uniform1i(compose.at(`u_${name}`), unit));
    gl.uniform1f(compose.at("u_halo"), HALO);
    gl.uniform2f(compose.at("u_ids_size"), SCRATCH, SCRATCH);
    gl.uniform2f(compose.at("u_image_texture"), PICTURE_TILE, PICTURE_TILE);
    gl.uniform1f(compose.at("u_flip"), 1);
  }

  /**
   * Paints what is dirty in a part.
   * @param {Scene} scene @param {Mosaic} mosaic @param {Part} part @param {Sheets} sheets
   */
  paint(scene, mosaic, part, sheets) {
    const box = part.dirty;
    if (!box) return;
    if (part.slot < 0) part.slot = sheets.take(part);
    const { style } = mosaic;
    const place = this.placeOf(mosaic, part);
    if (style.isShown || scene.hasPreview) this.paintIds(scene, mosaic, place, box);
    this.startCompose(scene, mosaic, part, place, sheets);
    const level = levelFor(mosaic.scale, scene.picture.levels);
    const pieces = scene.images.cover(scene.picture, level, imageBox(place, box));
    for (const piece of pieces) this.compose(piece, mosaic, place, box, sheets.place(part.slot));
    part.isProvisional = pieces.length === 0 || pieces.some(({ isFinal }) => !isFinal);
    part.dirty = null;
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

  /** @param {Scene} scene @param {Mosaic} mosaic @param {ReturnType<PartPainter["placeOf"]>} place @param {Box} box */
  paintIds({ picture, labels, preview, hasPreview }, mosaic, place, box) {
    const { gl } = this;
    const { ids } = this.programs;
    const around = {
      x0: Math.max(box.x0 - HALO, -HALO),
      y0: Math.max(box.y0 - HALO, -HALO),
      x1: Math.min(box.x1 + HALO, PART + HALO),
      y1: Math.min(box.y1 + HALO, PART + HALO),
    };
    const isCoarse = mosaic.scale <= COARSE_SCALE;
    const needed = imageBox(place, around);
    labels.prepare(needed, isCoarse);
    if (hasPreview) preview.prepare(needed, isCoarse);
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.scratchTarget);
    gl.viewport(0, 0, SCRATCH, SCRATCH);
    gl.useProgram(ids.handle);
    labels.bind(0);
    preview.bind(3);
    this.setPlace(ids, place);
    gl.uniform1i(ids.at("u_is_coarse"), isCoarse ? 1 : 0);
    gl.uniform1i(ids.at("u_has_preview"), hasPreview ? 1 : 0);
    gl.uniform2i(ids.at("u_image_size"), picture.width, picture.height);
    gl.uniform2f(ids.at("u_tile_counts"), Math.ceil(picture.width / TILE), Math.ceil(picture.height / TILE));
    const [width, height] = [around.x1 - around.x0, around.y1 - around.y0];
    gl.uniform4f(ids.at("u_rect"), around.x0 + HALO, around.y0 + HALO, width, height);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }

  /**
   * @param {Scene} scene @param {Mosaic} mosaic @param {Part} part
   * @param {ReturnType<PartPainter["placeOf"]>} place @param {Sheets} sheets
   */
  startCompose({ picture, hasPreview, previewColor, palette, heat }, { style }, part, place, sheets) {
    const { gl } = this;
    const { compose } = this.programs;
    const { target, x, y, side } = sheets.place(part.slot);
    gl.bindFramebuffer(gl.FRAMEBUFFER, target);
    gl.viewport(0, 0, side, side);
    gl.useProgram(compose.handle);
    bindTexture(gl, 0, gl.TEXTURE_2D, this.scratch);
    bindTexture(gl, 1, gl.TEXTURE_2D, palette);
    bindTexture(gl, 3, gl.TEXTURE_2D, heat);
    this.setPlace(compose, place);
    gl.uniform2f(compose.at("u_target"), side, side);
    gl.uniform2i(compose.at("u_slot"), x, y);
    gl.uniform2i(compose.at("u_plane"), part.column * PART, part.row * PART);
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

  /**
   * @param {Piece} piece @param {Mosaic} mosaic @param {ReturnType<PartPainter["placeOf"]>} place
   * @param {Box} box @param {{x: number, y: number}} slot
   */
  compose(piece, { scale, image }, place, box, slot) {
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
    gl.uniform1i(compose.at("u_is_exact"), scale >= 1 && piece.isFinal && piece.step[0] === 1 ? 1 : 0);
    gl.uniform4f(compose.at("u_rect"), slot.x + x0, slot.y + y0, x1 - x0, y1 - y0);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }
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
