/**
 * @typedef {{handle: WebGLProgram, at: (name: string) => WebGLUniformLocation | null, check: () => void}} Program
 */

/**
 * Compiles and links without waiting, so that several programs are built at the same time; `check` waits.
 * @param {WebGL2RenderingContext} gl @param {string} vertex @param {string} fragment
 * @returns {Program}
 */
export function createProgram(gl, vertex, fragment) {
  const handle = gl.createProgram();
  for (const [type, source] of /** @type {[number, string][]} */ ([
    [gl.VERTEX_SHADER, vertex],
    [gl.FRAGMENT_SHADER, fragment],
  ])) {
    const shader = /** @type {WebGLShader} */ (gl.createShader(type));
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(handle, shader);
  }
  gl.linkProgram(handle);
  /** @type {Map<string, WebGLUniformLocation | null>} */
  const places = new Map();
  return {
    handle,
    at(name) {
      let place = places.get(name);
      if (place === undefined) places.set(name, (place = gl.getUniformLocation(handle, name)));
      return place;
    },
    check() {
      if (gl.getProgramParameter(handle, gl.LINK_STATUS) || gl.isContextLost()) return;
      const logs = (gl.getAttachedShaders(handle) ?? []).map((shader) => gl.getShaderInfoLog(shader));
      throw new Error(`A shader does not link: ${gl.getProgramInfoLog(handle)} ${logs.join(" ")}`);
    },
  };
}

/**
 * A texture that is read by whole texels.
 * @param {WebGL2RenderingContext} gl @param {number} format @param {number} width @param {number} height
 */
export function createTexture(gl, format, width, height) {
  const texture = /** @type {WebGLTexture} */ (gl.createTexture());
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texStorage2D(gl.TEXTURE_2D, 1, format, width, height);
  setSampling(gl, gl.TEXTURE_2D, gl.NEAREST);
  return texture;
}

/** @param {WebGL2RenderingContext} gl @param {number} target @param {number} filter */
export function setSampling(gl, target, filter) {
  gl.texParameteri(target, gl.TEXTURE_MIN_FILTER, filter);
  gl.texParameteri(target, gl.TEXTURE_MAG_FILTER, filter);
  gl.texParameteri(target, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
  gl.texParameteri(target, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
}

/** @param {WebGL2RenderingContext} gl @param {number} unit @param {number} target @param {WebGLTexture | null} texture */
export function bindTexture(gl, unit, target, texture) {
  gl.activeTexture(gl.TEXTURE0 + unit);
  gl.bindTexture(target, texture);
}
