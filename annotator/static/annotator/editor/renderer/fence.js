/** Tells whether the GPU has done what it was given, without waiting for it. */
export class Fence {
  /** @param {WebGL2RenderingContext} gl */
  constructor(gl) {
    this.gl = gl;
    /** @type {WebGLSync | null} */
    this.sync = null;
  }

  /** Everything that was given to the GPU until now counts. */
  set() {
    const { gl } = this;
    if (this.sync) gl.deleteSync(this.sync);
    this.sync = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    gl.flush();
  }

  get isPassed() {
    const { gl, sync } = this;
    if (!sync) return true;
    if (gl.getSyncParameter(sync, gl.SYNC_STATUS) !== gl.SIGNALED && !gl.isContextLost()) return false;
    gl.deleteSync(sync);
    this.sync = null;
    return true;
  }

  /** Resolves when it is passed. */
  async wait() {
    while (!this.isPassed) await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
