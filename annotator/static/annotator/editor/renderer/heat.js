/** How uncertainty is coloured, in the shader, on a plain canvas and in the legend. */

/** No, half and full uncertainty; 0..1 per channel. */
const COLORS = [
  [0.25, 0, 0.55],
  [0.9, 0.15, 0.35],
  [1, 0.95, 0.4],
];
/** Below the first the image is left as it is, from the second on it is covered. */
const COVERS = [0.04, 0.5];
const LEGEND_STOPS = 9;

/** The same as a GLSL function: colour and cover of an uncertainty. */
export const HEAT_GLSL = `
vec4 heatColor(float heat) {
  vec3 warm = heat < 0.5 ? mix(${vec3(0)}, ${vec3(1)}, heat * 2.0) : mix(${vec3(1)}, ${vec3(2)}, heat * 2.0 - 1.0);
  return vec4(warm, smoothstep(${COVERS[0]}, ${COVERS[1]}, heat));
}`;

/** @param {number} i */
function vec3(i) {
  return `vec3(${COLORS[i].map((channel) => channel.toFixed(2)).join(", ")})`;
}

/**
 * @param {number} heat 0..1
 * @returns {[number, number, number, number]} bytes; the last is how much of the image is covered
 */
export function heatColor(heat) {
  const at = heat < 0.5 ? 0 : 1;
  const share = heat * 2 - at;
  const [from, to] = [COLORS[at], COLORS[at + 1]];
  const part = Math.min(Math.max((heat - COVERS[0]) / (COVERS[1] - COVERS[0]), 0), 1);
  const bytes = [0, 1, 2].map((i) => Math.round(255 * (from[i] + (to[i] - from[i]) * share)));
  return [bytes[0], bytes[1], bytes[2], Math.round(255 * part * part * (3 - 2 * part))];
}

/** CSS background that runs from sure to unsure. */
export function heatGradient() {
  const stops = Array.from({ length: LEGEND_STOPS }, (_, i) => {
    const [red, green, blue, alpha] = heatColor(i / (LEGEND_STOPS - 1));
    return `rgb(${red} ${green} ${blue} / ${Math.round((100 * alpha) / 255)}%)`;
  });
  return `linear-gradient(to right, ${stops.join(", ")})`;
}

/**
 * A grey picture of uncertainty in its colours, for a plain canvas.
 * @param {ImageBitmap} grey
 * @returns {OffscreenCanvas} of its size
 */
export function heatCanvas(grey) {
  const { width, height } = grey;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("This browser cannot draw the uncertainty.");
  context.drawImage(grey, 0, 0);
  const picture = context.getImageData(0, 0, width, height);
  const colors = Array.from({ length: 256 }, (_, value) => heatColor(value / 255));
  for (let p = 0; p < picture.data.length; p += 4) picture.data.set(colors[picture.data[p]], p);
  context.putImageData(picture, 0, 0);
  return canvas;
}
