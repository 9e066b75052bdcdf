/** Passes of the WebGL2 renderer. All positions come from gl_FragCoord, so image and labels fall on the same pixels. */

const VIEW = `
uniform float u_height;   // of the canvas, device pixels
uniform vec2 u_offset;    // of the image in the canvas
uniform float u_scale;    // device pixels per image pixel
vec2 imagePoint() { return (vec2(gl_FragCoord.x, u_height - gl_FragCoord.y) - u_offset) / u_scale; }
`;

/** Covers a rectangle of the image. */
export const RECT_VERTEX = `#version 300 es
precision highp float;
uniform vec4 u_rect;      // x, y, width, height in image pixels
uniform vec2 u_canvas;
uniform vec2 u_offset;
uniform float u_scale;
void main() {
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  vec2 device = (u_rect.xy + corner * u_rect.zw) * u_scale + u_offset;
  gl_Position = vec4(device.x / u_canvas.x * 2.0 - 1.0, 1.0 - device.y / u_canvas.y * 2.0, 0.0, 1.0);
}`;

export const IMAGE_FRAGMENT = `#version 300 es
precision highp float;
uniform sampler2D u_image;
uniform vec4 u_rect;
${VIEW}
out vec4 color;
void main() {
  vec2 local = imagePoint() - u_rect.xy;
  color = u_scale >= 1.0
    ? texelFetch(u_image, clamp(ivec2(floor(local)), ivec2(0), ivec2(u_rect.zw) - 1), 0)
    : texture(u_image, local / u_rect.zw);
  color.a = 1.0;
}`;

/** Segment id under each device pixel. */
export const IDS_FRAGMENT = `#version 300 es
precision highp float;
precision highp usampler2D;
uniform usampler2D u_page;
uniform vec4 u_rect;
${VIEW}
out uint id;
void main() {
  ivec2 local = clamp(ivec2(floor(imagePoint() - u_rect.xy)), ivec2(0), textureSize(u_page, 0) - 1);
  id = texelFetch(u_page, local, 0).r;
}`;

export const OVERLAY_VERTEX = `#version 300 es
void main() {
  gl_Position = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4.0 - 1.0, 0.0, 1.0);
}`;

/** Ids to colours: fill, one-pixel contour, selection, hatch on what is unlabelled. */
export const OVERLAY_FRAGMENT = `#version 300 es
precision highp float;
precision highp usampler2D;
uniform usampler2D u_ids;
uniform usampler2D u_palette;
uniform vec2 u_image_size;
uniform float u_opacity;
uniform float u_ratio;
uniform bool u_hatch_unlabelled;
${VIEW}
out vec4 color;

uint idAt(ivec2 at) { return texelFetch(u_ids, clamp(at, ivec2(0), textureSize(u_ids, 0) - 1), 0).r; }

bool isEdge(ivec2 at, uint id, int reach) {
  return idAt(at + ivec2(reach, 0)) != id || idAt(at - ivec2(reach, 0)) != id
      || idAt(at + ivec2(0, reach)) != id || idAt(at - ivec2(0, reach)) != id;
}

void main() {
  vec2 point = imagePoint();
  if (any(lessThan(point, vec2(0.0))) || any(greaterThanEqual(point, u_image_size))) discard;
  ivec2 at = ivec2(gl_FragCoord.xy);
  uint id = idAt(at);
  int line = max(1, int(u_ratio + 0.5));
  if (id == 0u) {
    if (!u_hatch_unlabelled) discard;
    float phase = mod(gl_FragCoord.x + gl_FragCoord.y, 10.0 * u_ratio) / u_ratio;
    if (phase >= 3.0) discard;
    color = phase < 1.5 ? vec4(1.0, 1.0, 1.0, 0.5) : vec4(0.0, 0.0, 0.0, 0.4);
    return;
  }
  uvec4 entry = texelFetch(u_palette, ivec2(int(id & 255u), int(id >> 8)), 0);
  if ((entry.a & 1u) == 0u) discard;
  vec3 tone = vec3(entry.rgb) / 255.0;
  bool isSelected = (entry.a & 2u) != 0u;
  if (isSelected && isEdge(at, id, 2 * line)) {
    color = isEdge(at, id, line) ? vec4(0.0, 0.0, 0.0, 0.9) : vec4(1.0);
  } else if (isEdge(at, id, line)) {
    color = vec4(tone, 1.0);
  } else {
    color = vec4(tone, u_opacity);
  }
}`;
