/** Slices of long work: after each the page draws and hears its user. */
export class Turns {
  /** @param {number} turnMs how long one may last */
  constructor(turnMs) {
    this.turnMs = turnMs;
    this.deadline = performance.now() + turnMs;
  }

  get isOver() {
    return performance.now() >= this.deadline;
  }

  /** Resolves in the next turn. */
  async next() {
    await new Promise((resolve) => setTimeout(resolve));
    this.deadline = performance.now() + this.turnMs;
  }
}

/**
 * Does work that could pause in one go.
 * @template T
 * @param {Generator<unknown, T, unknown>} work
 * @returns {T} what it comes to
 */
export function finish(work) {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}
