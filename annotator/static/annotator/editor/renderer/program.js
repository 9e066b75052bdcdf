/** @typedef {{handle: WebGLProgram, at: (name: string) => WebGLUniformLocation | null}} Program */

const POLL_MS = 8;

/**
 * Compiles and links programs all at once, and without making the page wait for it.
 * @template {string} Name
 * @param {WebGL2RenderingContext} gl
 * @param {Record<Name, [vertex: string, fragment: string]>} sources
 * @returns {Promise<Record<Name, Program>>}
 * @throws {Error} when one does not link
 */
export async function createPrograms(gl, sources) {
  const started = Object.entries(sources).map(([name, [vertex, fragment]]) => ({
    name,
    handle: startProgram(gl, vertex, fragment),
  }));
  const parallel = gl.getExtension("KHR_parallel_shader_compile");
  for (const { handle } of started) {
    while (parallel && !gl.isContextLost() && !gl.getProgramParameter(handle, parallel.COMPLETION_STATUS_KHR))
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    if (gl.getProgramParameter(handle, gl.LINK_STATUS) || gl.isContextLost()) continue;
    const logs = (gl.getAttachedShaders(handle) ?? []).map((shader) => gl.getShaderInfoLog(shader));
    throw new Error(`A shader does not link: ${gl.getProgramInfoLog(handle)} ${logs.join(" ")}`);
  }
  const programs = started.map(({ name, handle }) => [name, { handle, at: locations(gl, handle) }]);
  return /** @type {Record<Name, Program>} */ (Object.fromEntries(programs));
}

/** @param {WebGL2RenderingContext} gl @param {string} vertex @param {string} fragment */
function startProgram(gl, vertex, fragment) {
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
  return handle;
}

/** @param {WebGL2RenderingContext} gl @param {WebGLProgram} handle */
function locations(gl, handle) {
  /** @type {Map<string, WebGLUniformLocation | null>} */
  const known = new Map();
  return (/** @type {string} */ name) => {
    let place = known.get(name);
    if (place === undefined) known.set(name, (place = gl.getUniformLocation(handle, name)));
    return place;
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

/** @param {WebGL2RenderingContext} gl @param {number} filter */
export function createSampler(gl, filter) {
  const sampler = /** @type {WebGLSampler} */ (gl.createSampler());
  gl.samplerParameteri(sampler, gl.TEXTURE_MIN_FILTER, filter);
  gl.samplerParameteri(sampler, gl.TEXTURE_MAG_FILTER, filter);
  gl.samplerParameteri(sampler, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
  gl.samplerParameteri(sampler, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
  return sampler;
}

/** @param {WebGL2RenderingContext} gl @param {number} unit @param {number} target @param {WebGLTexture | null} texture */
export function bindTexture(gl, unit, target, texture) {
  gl.activeTexture(gl.TEXTURE0 + unit);
  gl.bindTexture(target, texture);
}
