/** A frame that took this much longer than the screen's own interval was late. */
const LATE_FACTOR = 1.4;
/** Longer pauses are not frames of one motion. */
const PAUSE_MS = 250;
const FIRST_ALLOWANCE = 2;
const LARGEST_ALLOWANCE = 4096;
const CUT = 0.7;
/** Frames in time after which a little more than the ceiling is tried. */
const PATIENCE_FRAMES = 240;

/**
 * How much may be painted per frame, found by trying: doubled while frames come in time, cut back when one is late.
 * A fast GPU is soon allowed the whole window; software rendering stays at what fits between two frames. The answer is
 * taken from when frames come, never by waiting for the GPU.
 */
export class Pacer {
  constructor() {
    this.allowance = FIRST_ALLOWANCE;
    this.ceiling = LARGEST_ALLOWANCE;
    /** What has lately been painted in time: a late frame with much less in it had other reasons. */
    this.proved = 0;
    this.intervalMs = 1000 / 60;
    this.last = Number.NEGATIVE_INFINITY;
    this.spent = 0;
    this.inTime = 0;
  }

  /**
   * @param {number} now time of the frame, ms
   * @returns {number} parts that may be painted in it
   */
  begin(now) {
    const gap = now - this.last;
    this.last = now;
    if (gap > 4 && gap < PAUSE_MS && this.spent > 0) this.judge(gap);
    this.spent = 0;
    return this.allowance;
  }

  /** @param {number} gap ms since the frame in which `spent` parts were painted */
  judge(gap) {
    this.intervalMs = Math.min(this.intervalMs, gap);
    if (gap <= this.intervalMs * LATE_FACTOR) return this.grow();
    this.inTime = 0;
    if (this.spent < this.proved * CUT) {
      this.proved *= 0.8;
      return;
    }
    this.ceiling = Math.max(1, this.spent * CUT);
    this.proved = Math.min(this.proved, this.ceiling);
    this.allowance = Math.min(this.allowance, this.ceiling);
  }

  grow() {
    this.proved = Math.max(this.proved, this.spent);
    if (++this.inTime % PATIENCE_FRAMES === 0) this.ceiling = Math.min(this.ceiling * 1.3, LARGEST_ALLOWANCE);
    if (this.spent >= this.allowance * CUT) this.allowance = Math.min(this.allowance * 2, this.ceiling);
  }

  /** @param {number} parts painted in this frame */
  end(parts) {
    this.spent = parts;
  }
}
