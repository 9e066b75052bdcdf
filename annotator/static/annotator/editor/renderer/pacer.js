/** Until something was measured: what software rendering on an office machine needs. */
const FIRST_COST_MS = 3;
const LEAST_COST_MS = 0.01;
/** Less than this says more about the way to the GPU and back than about the cost of painting. */
const LEAST_PARTS = 0.5;
/** How much of a new measurement is believed: bad news sooner than good news. */
const WEIGHT = { dearer: 0.5, cheaper: 0.25 };
/** The way there and back is the shortest time that was seen, slowly forgotten. */
const LATENCY_DRIFT = 1.05;
const LONGEST_LATENCY_MS = 20;

/**
 * How much may be painted per frame: a fast GPU is allowed the whole window at once, software rendering what it gets
 * done in the time given. Learns from how long the GPU took.
 */
export class Pacer {
  constructor() {
    this.costMs = FIRST_COST_MS;
    this.latencyMs = LONGEST_LATENCY_MS;
  }

  /** @param {number} budgetMs @returns {number} parts that may be painted in that time, at least one */
  allowance(budgetMs) {
    return Math.max(1, budgetMs / this.costMs);
  }

  /** Time that passes between frames in which the page waits for an answer only. */
  get waitMs() {
    return this.latencyMs / 2;
  }

  /** @param {number} parts painted @param {number} elapsedMs until the GPU was done */
  learn(parts, elapsedMs) {
    this.latencyMs = Math.min(this.latencyMs * LATENCY_DRIFT, elapsedMs, LONGEST_LATENCY_MS);
    if (parts < LEAST_PARTS) return;
    const cost = Math.max(LEAST_COST_MS, (elapsedMs - this.latencyMs) / parts);
    const weight = cost > this.costMs ? WEIGHT.dearer : WEIGHT.cheaper;
    this.costMs += (cost - this.costMs) * weight;
  }
}
