import { createTexture } from "./program.js";

/** Side of a part of the composed picture, device pixels. */
export const PART = 256;
const SHEET_PARTS = 4;
const SHEET = SHEET_PARTS * PART;
const PARTS_PER_SHEET = SHEET_PARTS ** 2;

/**
 * @typedef {{usedAt: number, evict: () => void}} Tenant
 * @typedef {{texture: WebGLTexture, target: WebGLFramebuffer}} Sheet
 */

/** Room for composed parts: textures of 4 × 4 slots (4 MiB each), made when first needed, bounded, reused. */
export class Sheets {
  /** @param {WebGL2RenderingContext} gl */
  constructor(gl) {
    this.gl = gl;
    /** @type {Sheet[]} */
    this.sheets = [];
    /** @type {(Tenant | null)[]} */
    this.tenants = [];
    this.capacity = PARTS_PER_SHEET;
  }

  /** @param {number} parts that must find room */
  reserve(parts) {
    this.capacity = Math.max(this.capacity, Math.ceil(parts / PARTS_PER_SHEET) * PARTS_PER_SHEET);
  }

  /**
   * A slot for a tenant; the one who was not looked at for the longest time has to leave where all are taken.
   * @param {Tenant} tenant
   * @returns {number}
   */
  take(tenant) {
    let slot = this.tenants.indexOf(null);
    if (slot < 0 && this.tenants.length < this.capacity) {
      slot = this.tenants.length;
      this.addSheet();
    }
    if (slot < 0) {
      slot = 0;
      this.tenants.forEach((other, i) => {
        if (/** @type {Tenant} */ (other).usedAt < /** @type {Tenant} */ (this.tenants[slot]).usedAt) slot = i;
      });
      this.tenants[slot]?.evict();
    }
    this.tenants[slot] = tenant;
    return slot;
  }

  /** @param {number} slot */
  release(slot) {
    this.tenants[slot] = null;
  }

  addSheet() {
    const { gl } = this;
    const texture = createTexture(gl, gl.RGBA8, SHEET, SHEET);
    const target = /** @type {WebGLFramebuffer} */ (gl.createFramebuffer());
    gl.bindFramebuffer(gl.FRAMEBUFFER, target);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
    this.sheets.push({ texture, target });
    for (let i = 0; i < PARTS_PER_SHEET; i++) this.tenants.push(null);
  }

  /** @param {number} slot @returns {Sheet & {x: number, y: number, side: number}} */
  place(slot) {
    const at = slot % PARTS_PER_SHEET;
    return {
      ...this.sheets[Math.floor(slot / PARTS_PER_SHEET)],
      x: (at % SHEET_PARTS) * PART,
      y: Math.floor(at / SHEET_PARTS) * PART,
      side: SHEET,
    };
  }
}
