/** @import {Picture} from "../picture.js" */
/** @import {ImageTexels, Piece} from "./image_texels.js" */
/** @import {LabelStyle} from "./palette.js" */
/** @import {GpuScene} from "./gpu_scene.js" */
import { LabelMap } from "../labelmap.js";
import { TILE, TILE_PIXELS } from "../tile.js";
import { emptyView } from "../view.js";
import { PICTURE_TILE } from "./image_levels.js";
import { createTexture } from "./program.js";

const SIDE = 512;
/** @type {LabelStyle} */
const STYLE = {
  opacity: 0.5,
  isShown: true,
  isUnlabelledShown: true,
  isSmooth: false,
  backdrop: [0, 0, 0],
  brightness: 0,
  contrast: 0,
  gamma: 1,
  heatOpacity: 0.5,
};

/**
 * Draws a small picture that nobody sees with every program and every kind of upload, since drivers compile when they
 * draw for the first time (measured: up to a second). At 1 : 1, then a stroke, and the same at a small scale.
 *
 * @param {GpuScene} gpu
 */
export async function warmUp(gpu) {
  const { gl, labels, preview, palette, compositor } = gpu;
  const view = { ...emptyView(), width: 64, height: 64 };
  const map = new LabelMap(SIDE, SIDE);
  map.put(0, new Uint16Array(TILE_PIXELS).fill(1, 0, TILE_PIXELS / 2));
  labels.setMap(map);
  preview.setMap(map);
  palette.send();
  const texture = createTexture(gl, gl.RGBA8, PICTURE_TILE, PICTURE_TILE);
  const box = { x0: 0, y0: 0, x1: SIDE, y1: SIDE };
  /** @type {Piece} */
  const piece = { texture, box, x: 0, y: 0, step: [1, 1], texels: [SIDE, SIDE], isFinal: true };
  const picture = /** @type {Picture} */ ({ width: SIDE, height: SIDE, levels: 1 });
  const images = /** @type {ImageTexels} */ (/** @type {unknown} */ ({ cover: () => [piece] }));
  const scene = gpu.scene(picture, false, images, [0, 0, 0]);
  for (const scale of [1, 1, 0.2, 0.2]) {
    await compositor.fence.wait();
    compositor.draw(scene, { ...view, scale }, STYLE, "warm");
    for (const texels of [labels, preview]) texels.stale.set(0, [0, TILE / 4]);
    compositor.touch({ x0: 0, y0: 0, x1: TILE, y1: TILE / 4 });
  }
  await compositor.fence.wait();
  compositor.clear();
  labels.setMap(null);
  preview.setMap(null);
  gl.deleteTexture(texture);
}
