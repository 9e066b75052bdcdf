/** @import {LabelMap} from "../labelmap.js" */
import { bindTexture, createTexture } from "./program.js";

const SIDE = 256;

/** The colours and flags of all ids on the GPU; of a new palette only the rows that differ are sent. */
export class PaletteTexture {
  /** @param {WebGL2RenderingContext} gl */
  constructor(gl) {
    this.gl = gl;
    /** @type {Uint8Array<ArrayBuffer>} */
    this.colors = new Uint8Array(SIDE * SIDE * 4);
    this.texture = createTexture(gl, gl.RGBA8UI, SIDE, SIDE);
    this.staleRows = [0, SIDE];
  }

  /**
   * @param {Uint8Array<ArrayBuffer>} colors kept, not copied
   * @param {LabelMap | null} [map]
   * @returns {boolean} whether a pixel of the map looks different now
   */
  set(colors, map = null) {
    const [before, after] = [new Uint32Array(this.colors.buffer), new Uint32Array(colors.buffer)];
    this.colors = colors;
    let isVisible = false;
    for (let id = 0; id < after.length; id++) {
      if (before[id] === after[id]) continue;
      this.staleRows = [Math.min(this.staleRows[0], id >> 8), Math.max(this.staleRows[1], (id >> 8) + 1)];
      isVisible ||= Boolean(map?.counts[id]);
    }
    return isVisible;
  }

  send() {
    const [first, end] = this.staleRows;
    if (first >= end) return;
    const { gl } = this;
    this.staleRows = [SIDE, 0];
    bindTexture(gl, 0, gl.TEXTURE_2D, this.texture);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 4);
    const rows = this.colors.subarray(first * SIDE * 4, end * SIDE * 4);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, first, SIDE, end - first, gl.RGBA_INTEGER, gl.UNSIGNED_BYTE, rows);
  }
}
