import { Turns } from "../turns.js";

/** Other jobs wait no longer than this; saves are among them. */
const TURN_MS = 25;

/** Long jobs of a worker in slices: in between others are answered, and the page hears how far it is. */
export class WorkerTurns {
  /** @param {(share: number) => void} tell 0..1 @param {() => boolean} isUnwanted whether nobody waits any more */
  constructor(tell, isUnwanted) {
    this.tell = tell;
    this.isUnwanted = isUnwanted;
  }

  /**
   * @template T
   * @param {Generator<number, T>} work yields the share that is done
   * @returns {Promise<{value: T} | null>} null when it was given up
   */
  async run(work) {
    const turns = new Turns(TURN_MS);
    for (;;) {
      const step = work.next();
      if (step.done) return { value: step.value };
      if (!turns.isOver) continue;
      this.tell(step.value);
      await turns.next();
      if (this.isUnwanted()) return null;
    }
  }
}
