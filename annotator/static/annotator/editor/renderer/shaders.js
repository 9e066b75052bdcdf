import { HEAT_GLSL } from "./heat.js";

/**
 * Passes of the WebGL2 renderer. A part of the picture, 256 device pixels a side, is painted in two passes: IDS writes
 * the segment id under each device pixel, COMPOSE turns ids and image into colour. PRESENT shows parts on the canvas.
 * Rows count from the top in everything but the canvas. Texels are read with `texture` at their centres: in software
 * that was measured to take two thirds of the time of `texelFetch`.
 */

/** Where a device pixel of a part lies in the image: whole pixels and the rest apart, so that floats stay exact. */
const PLACE = `
uniform ivec2 u_pixel;    // image pixel at the part's corner
uniform vec2 u_rest;      // and how far into it, 0..1
uniform float u_step;     // image pixels per device pixel
vec2 offsetAt(vec2 local) { return u_rest + local * u_step; }
ivec2 pixelAt(vec2 local) { return u_pixel + ivec2(floor(offsetAt(local))); }
`;

/** Covers a rectangle of the target, given in its pixels; u_flip is -1 where rows count from the bottom. */
export const RECT_VERTEX = `#version 300 es
precision highp float;
uniform vec4 u_rect;      // x, y, width, height
uniform vec2 u_target;    // size
uniform float u_flip;
void main() {
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  vec2 at = (u_rect.xy + corner * u_rect.zw) / u_target * 2.0 - 1.0;
  gl_Position = vec4(at.x, at.y * u_flip, 0.0, 1.0);
}`;

/** Segment id and, in the second channel, the proposal's id under each device pixel. */
export const IDS_FRAGMENT = `#version 300 es
precision highp float;
precision highp int;
precision highp usampler2D;
precision highp usampler2DArray;
uniform usampler2DArray u_tiles;
uniform usampler2D u_lookup;
uniform usampler2D u_overview;
uniform usampler2DArray u_preview_tiles;
uniform usampler2D u_preview_lookup;
uniform usampler2D u_preview_overview;
uniform bool u_is_coarse;
uniform bool u_has_preview;
uniform ivec2 u_image_size;
uniform vec2 u_tile_counts;   // columns and rows of tiles
uniform vec2 u_scratch;       // where the part's corner lies in the target
${PLACE}
out uvec2 ids;

uint idAt(usampler2DArray tiles, usampler2D lookup, ivec2 at) {
  uvec2 entry = texture(lookup, (vec2(at >> 8) + 0.5) / u_tile_counts).rg;
  if (entry.r == 0u) return entry.g;
  int slot = int(entry.r) - 1;
  ivec2 corner = ivec2(slot & 3, (slot >> 2) & 3) << 8;
  return texture(tiles, vec3((vec2(corner | (at & 255)) + 0.5) / 1024.0, float(slot >> 4))).r;
}

void main() {
  ivec2 at = pixelAt(gl_FragCoord.xy - u_scratch);
  ids = uvec2(0u);
  if (any(lessThan(at, ivec2(0))) || any(greaterThanEqual(at, u_image_size))) return;
  vec2 coarse = (vec2(at >> 2) + 0.5) / (u_tile_counts * 64.0);
  ids.r = u_is_coarse ? texture(u_overview, coarse).r : idAt(u_tiles, u_lookup, at);
  if (u_has_preview)
    ids.g = u_is_coarse ? texture(u_preview_overview, coarse).r : idAt(u_preview_tiles, u_preview_lookup, at);
}`;

/** Image, fill, one-pixel contour, hatches, selection, proposal, uncertainty. */
export const COMPOSE_FRAGMENT = `#version 300 es
precision highp float;
precision highp int;
precision highp usampler2D;
uniform usampler2D u_ids;
uniform usampler2D u_palette;
uniform sampler2D u_image;
uniform sampler2D u_heat;
uniform ivec2 u_slot;          // where the part lies in the target
uniform ivec2 u_plane;         // where it lies in the scaled image, for hatches without seams
uniform vec2 u_scratch;        // where the part's ids lie in their texture
uniform vec2 u_ids_size;
uniform vec2 u_image_origin;   // image point at the texture's corner
uniform vec2 u_image_texels;   // size of the texture's used part
uniform vec2 u_image_texture;  // size of all of it
uniform vec2 u_image_step;     // image pixels per texel
uniform bool u_is_exact;       // texels are image pixels, drawn without smoothing
uniform vec2 u_image_size;
uniform bool u_are_labels_shown;
uniform bool u_hatch_unlabelled;
uniform bool u_has_preview;
uniform vec3 u_preview_color;
uniform float u_opacity;
uniform float u_heat_opacity;
uniform int u_line;            // device pixels of a contour
uniform vec3 u_adjust;         // brightness, contrast, gamma
${PLACE}
out vec4 color;

uvec2 idsAt(vec2 at) { return texture(u_ids, at / u_ids_size).rg; }

/** Which of the two ids differ from those of a neighbour. */
bvec2 edges(vec2 at, uvec2 ids, float reach) {
  vec2 x = vec2(reach, 0.0);
  vec2 y = vec2(0.0, reach);
  uvec2 differences = (idsAt(at + x) ^ ids) | (idsAt(at - x) ^ ids) | (idsAt(at + y) ^ ids) | (idsAt(at - y) ^ ids);
  return notEqual(differences, uvec2(0u));
}

bool isHatched(uint pattern, ivec2 at) {
  ivec2 p = at / u_line;
  bool rising = ((p.x + p.y) & 7) == 0;
  bool falling = ((p.x - p.y) & 7) == 0;
  if (pattern == 1u) return rising;
  if (pattern == 2u) return falling;
  if (pattern == 3u) return (p.y & 7) == 0;
  if (pattern == 4u) return (p.x & 7) == 0;
  if (pattern == 5u) return rising || falling;
  if (pattern == 6u) return (p.x & 7) == 0 || (p.y & 7) == 0;
  return (p.x & 7) < 2 && (p.y & 7) < 2;
}

vec3 imageAt(vec2 local) {
  vec2 texel = u_is_exact
    ? vec2(pixelAt(local)) - u_image_origin + 0.5
    : (vec2(u_pixel) - u_image_origin + offsetAt(local)) / u_image_step;
  return texture(u_image, clamp(texel, vec2(0.5), u_image_texels - 0.5) / u_image_texture).rgb;
}

vec3 adjusted(vec3 tone) {
  if (u_adjust == vec3(0.0, 0.0, 1.0)) return tone;
  float slope = u_adjust.y < 0.0 ? 1.0 + u_adjust.y : 1.0 / max(1.0 - u_adjust.y, 0.02);
  tone = clamp((tone - 0.5) * slope + 0.5 + u_adjust.x, 0.0, 1.0);
  return pow(tone, vec3(1.0 / u_adjust.z));
}

${HEAT_GLSL}
vec3 withHeat(vec3 tone, vec2 local) {
  vec4 heat = heatColor(texture(u_heat, (vec2(u_pixel) + offsetAt(local)) / u_image_size).r);
  return mix(tone, heat.rgb, u_heat_opacity * heat.a);
}

vec3 withLabel(vec3 tone, vec2 at, ivec2 plane, uvec2 ids, bool isBorder) {
  uint id = ids.r;
  if (id == 0u) {
    if (!u_hatch_unlabelled) return tone;
    int phase = ((plane.x + plane.y) / u_line) & 7;
    return phase > 2 ? tone : phase > 0 ? mix(tone, vec3(1.0), 0.5) : mix(tone, vec3(0.0), 0.4);
  }
  uvec4 entry = texture(u_palette, (vec2(float(id & 255u), float(id >> 8)) + 0.5) / 256.0);
  if ((entry.a & 1u) == 0u) return tone;
  vec3 own = vec3(entry.rgb) / 255.0;
  if ((entry.a & 2u) != 0u) {
    if (isBorder) return mix(tone, vec3(0.0), 0.9);
    if (edges(at, ids, float(2 * u_line)).r) return vec3(1.0);
  }
  if (isBorder) return own;
  vec3 filled = mix(tone, own, u_opacity);
  uint pattern = (entry.a >> 2) & 7u;
  if (pattern == 0u || u_opacity == 0.0 || !isHatched(pattern, plane)) return filled;
  return mix(filled, dot(own, vec3(0.3, 0.6, 0.1)) > 0.5 ? vec3(0.0) : vec3(1.0), 0.45);
}

/** Even, and denser than labels: the classes' hatches and the hatch of what is unlabelled look otherwise. */
vec3 withPreview(vec3 tone, vec2 at, uvec2 ids, bool isBorder) {
  if (ids.g == 0u) return tone;
  if (isBorder) return vec3(1.0);
  if (edges(at, ids, float(2 * u_line)).g) return vec3(0.0);
  return mix(tone, u_preview_color, 0.65);
}

void main() {
  ivec2 cell = ivec2(gl_FragCoord.xy) - u_slot;
  vec2 local = vec2(cell) + 0.5;
  vec2 at = local + u_scratch;
  ivec2 plane = u_plane + cell;
  vec3 tone = adjusted(imageAt(local));
  if (u_heat_opacity > 0.0) tone = withHeat(tone, local);
  if (u_are_labels_shown || u_has_preview) {
    uvec2 ids = idsAt(at);
    bvec2 isBorder = bvec2(false);
    if (ids != uvec2(0u)) isBorder = edges(at, ids, float(u_line));
    if (u_are_labels_shown) tone = withLabel(tone, at, plane, ids, isBorder.r);
    if (u_has_preview) tone = withPreview(tone, at, ids, isBorder.g);
  }
  color = vec4(tone, 1.0);
}`;

/** A finished part on the canvas: pixel for pixel, or scaled while a sharper one is being painted. */
export const PRESENT_FRAGMENT = `#version 300 es
precision highp float;
precision highp int;
uniform sampler2D u_sheet;
uniform float u_sheet_side;
uniform vec2 u_slot;
uniform vec2 u_used;      // pixels of the part that lie in the image
uniform vec2 u_corner;    // of the part, canvas pixels from the top left
uniform float u_zoom;     // canvas pixels per pixel of the part
uniform float u_height;   // of the canvas
out vec4 color;
void main() {
  vec2 at = (vec2(gl_FragCoord.x, u_height - gl_FragCoord.y) - u_corner) / u_zoom;
  color = texture(u_sheet, (u_slot + clamp(at, vec2(0.5), u_used - 0.5)) / u_sheet_side);
}`;
