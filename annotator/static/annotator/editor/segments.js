/** @import {LabelClass, Segment} from "./types.js" */

const MAX_ID = 65535;

/** The segment table of one image: what each id of the label map stands for. */
export class SegmentTable {
  /** @param {Segment[]} [segments] */
  constructor(segments = []) {
    /** @type {Map<number, Segment>} */
    this.byId = new Map(segments.map((segment) => [segment.id, segment]));
    /** Rises with every change of a row. */
    this.version = 0;
  }

  /** @param {number} id */
  get(id) {
    return this.byId.get(id) ?? null;
  }

  /** @param {number} id @param {Segment | null} segment null takes the row away */
  set(id, segment) {
    this.version++;
    if (segment) this.byId.set(id, segment);
    else this.byId.delete(id);
  }

  /** @returns {Segment[]} by rising id */
  list() {
    return [...this.byId.values()].sort((a, b) => a.id - b.id);
  }

  /**
   * Segments that own pixels: what is saved and shown.
   * @param {Uint32Array} counts pixels per id
   */
  used(counts) {
    return this.list().filter((segment) => counts[segment.id] > 0);
  }

  /**
   * The segment that a stroke of this class goes into: the one of a stuff class, the chosen object of a thing class,
   * otherwise a new one.
   * @param {LabelClass} labelClass
   * @param {number | null} chosenId
   * @returns {Segment}
   */
  target(labelClass, chosenId) {
    if (labelClass.kind === "stuff") {
      for (const segment of this.byId.values()) if (segment.class === labelClass.id) return segment;
    }
    const chosen = chosenId === null ? null : this.get(chosenId);
    if (chosen && chosen.class === labelClass.id) return chosen;
    return this.add(labelClass.id);
  }

  /**
   * @param {number} classId
   * @returns {Segment}
   * @throws {RangeError} when all 65,535 ids are taken
   */
  add(classId) {
    /** @type {Segment} */
    const segment = { id: freeId(this.byId), class: classId, source: "human", score: null, model: null };
    this.set(segment.id, segment);
    return segment;
  }
}

/**
 * An id that is not taken: above the highest first, so that ids of erased objects are not soon used again.
 * @param {{has(id: number): boolean, keys(): Iterable<number>}} taken
 * @throws {RangeError} when there is none
 */
export function freeId(taken) {
  let highest = 0;
  for (const id of taken.keys()) if (id > highest) highest = id;
  if (highest < MAX_ID) return highest + 1;
  for (let id = 1; id <= MAX_ID; id++) if (!taken.has(id)) return id;
  throw new RangeError("All 65,535 segment ids of this image are in use.");
}
