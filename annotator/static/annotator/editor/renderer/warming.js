/** @import {Picture} from "../picture.js" */
/** @import {ImageTexels, Piece} from "./image_texels.js" */
/** @import {LabelTexels} from "./label_texels.js" */
/** @import {LabelStyle} from "./palette.js" */
/** @import {Compositor} from "./compositor.js" */
/** @import {PaletteTexture} from "./palette_texture.js" */
import { LabelMap } from "../labelmap.js";
import { PICTURE_TILE } from "./image_levels.js";
import { createTexture } from "./program.js";

const SIDE = 512;
/** @type {LabelStyle} */
const STYLE = {
  opacity: 0.5,
  isShown: true,
  isUnlabelledShown: true,
  backdrop: [0, 0, 0],
  brightness: 0,
  contrast: 0,
  gamma: 1,
  heatOpacity: 0.5,
};

/**
 * Draws a small picture that nobody sees with every program and every kind of upload, since drivers compile when they
 * draw for the first time (measured: up to a second). At 1 : 1, at another scale, and then a stroke.
 *
 * @param {{gl: WebGL2RenderingContext, labels: LabelTexels, preview: LabelTexels, palette: PaletteTexture,
 *   heatTexture: WebGLTexture, compositor: Compositor}} renderer
 */
export function warmUp({ gl, labels, preview, palette, heatTexture, compositor }) {
  const map = new LabelMap(SIDE, SIDE);
  labels.setMap(map);
  preview.setMap(map);
  palette.send();
  const texture = createTexture(gl, gl.RGBA8, PICTURE_TILE, PICTURE_TILE);
  /** @type {Piece} */
  const piece = {
    texture,
    box: { x0: 0, y0: 0, x1: SIDE, y1: SIDE },
    x: 0,
    y: 0,
    step: [1, 1],
    texels: [SIDE, SIDE],
    isFinal: true,
  };
  const scene = {
    picture: /** @type {Picture} */ ({ width: SIDE, height: SIDE, levels: 1 }),
    images: /** @type {ImageTexels} */ (/** @type {unknown} */ ({ cover: () => [piece] })),
    labels,
    preview,
    previewColor: /** @type {[number, number, number]} */ ([0, 0, 0]),
    palette: palette.texture,
    heat: heatTexture,
  };
  const view = { x: 0, y: 0, width: 64, height: 64, ratio: 1 };
  for (const scale of [1, 1, 0.2, 0.2]) {
    compositor.draw(scene, { ...view, scale }, STYLE, "warm");
    map.touched(0, 0, 8);
  }
  compositor.clear();
  labels.setMap(null);
  preview.setMap(null);
  gl.deleteTexture(texture);
}
