/** @import {Editing} from "./editing.js" */
/** @import {PlanOptions} from "./operations.js" */
/** @import {Store} from "./store.js" */
import { freshPlan } from "./fresh_plan.js";
import { t, tn } from "./i18n.js";
import { lineRuns } from "./runs.js";
import { overwritable } from "./write_mode.js";

const ONLY_OBJECTS = t("Only objects can be split: this class has one segment per image.");

/**
 * Operations on the selected segments: planned by the label worker, written as one undo step each.
 *
 * `own` plans write only over the chosen segments' own pixels; `free` ones over whatever the write mode lets go.
 * @typedef {"own" | "free"} Reach
 */
export class SegmentEdits {
  /** @param {Store} store @param {Editing} editing */
  constructor(store, editing) {
    this.store = store;
    this.editing = editing;
  }

  /** @returns {number[]} ids of the selected segments that have pixels, the active one first */
  get chosen() {
    const { segmentId, selectedSegments } = this.store;
    const { document } = this.editing;
    const ids = new Set(segmentId.value === null ? [] : [segmentId.value]);
    for (const id of selectedSegments.value) ids.add(id);
    return document ? [...ids].filter((id) => document.segments.get(id) && document.map.counts[id] > 0) : [];
  }

  split() {
    const ids = this.objectsAmong(this.chosen);
    if (!ids.length && this.chosen.length) return this.editing.refuse(ONLY_OBJECTS);
    return this.run(t("Split into parts"), "split", {
      ids,
      nothing: t("The selected segments are in one piece each."),
    });
  }

  keepLargest() {
    return this.run(t("Keep the largest part"), "keepLargest", {
      nothing: t("The selected segments are in one piece each."),
    });
  }

  fillHoles() {
    return this.run(t("Fill holes"), "fillHoles", {
      reach: "free",
      nothing: t("The selected segments have no holes that may be painted over."),
    });
  }

  removeSpecks() {
    const pixels = this.store.specksPixels.value;
    return this.run(t("Remove specks"), "removeSpecks", {
      options: { pixels },
      nothing: tn("No part is smaller than {count} pixel.", "No part is smaller than {count} pixels.", pixels),
    });
  }

  grow() {
    return this.run(t("Grow"), "grow", {
      reach: "free",
      options: { px: this.store.growPx.value },
      nothing: t("There is no room to grow: nothing around may be painted over."),
    });
  }

  shrink() {
    return this.run(t("Shrink"), "shrink", { options: { px: this.store.growPx.value } });
  }

  async merge() {
    const ids = this.chosen;
    const kinds = new Set(ids.map((id) => this.editing.document?.segments.get(id)?.class));
    if (ids.length < 2) return this.editing.refuse(t("Select the segments to be merged first."));
    if (kinds.size > 1)
      return this.editing.refuse(t("Only segments of one class can be merged. Change the class first."));
    if (await this.run(t("Merge"), "merge")) this.select([ids[0]]);
  }

  intersect() {
    return this.ofTwo(t("Keep what lies within the other"), "intersect");
  }

  subtract() {
    return this.ofTwo(t("Take away what lies within the other"), "subtract");
  }

  async erase() {
    if (await this.run(t("Delete segments"), "erase")) this.select([]);
  }

  /** @param {[number, number][]} points a drawn line, image pixels */
  async cut(points) {
    const under = this.chosen.length ? this.chosen : this.unlockedUnder(points);
    const ids = this.objectsAmong(under);
    if (!ids.length)
      return this.editing.refuse(under.length ? ONLY_OBJECTS : t("There is nothing to cut under the line."));
    await this.run(t("Cut"), "cut", {
      ids,
      options: { points },
      nothing: t("The line does not cross a segment from side to side."),
    });
  }

  /** @param {[number, number][]} points a drawn line @returns {number[]} ids */
  unlockedUnder(points) {
    const { document } = this.editing;
    if (!document) return [];
    const line = lineRuns(points);
    /** @type {Set<number>} */
    const ids = new Set();
    for (let i = 0; i < line.length; i += 3) {
      for (let x = line[i + 1]; x < line[i + 2]; x++) ids.add(document.map.get(x, line[i]));
    }
    ids.delete(0);
    return [...ids].filter((id) => !this.isLocked(id));
  }

  /** Only a thing class can have several segments. @param {number[]} ids */
  objectsAmong(ids) {
    const { segments } = this.editing.document ?? {};
    return ids.filter((id) => this.store.classById.get(segments?.get(id)?.class ?? -1)?.kind === "thing");
  }

  /** @param {number} id */
  isLocked(id) {
    const { lockedClasses, lockedSegments } = this.editing.locks;
    return lockedSegments.has(id) || lockedClasses.has(this.editing.document?.segments.get(id)?.class ?? -1);
  }

  /**
   * Gives the selected segments another class. Where that class has one segment only, they go into it.
   * @param {number} classId
   */
  async changeClass(classId) {
    const { editing, store } = this;
    const { document } = editing;
    const labelClass = store.classById.get(classId);
    const ids = this.chosen.filter((id) => document?.segments.get(id)?.class !== classId);
    if (!document || !labelClass || !this.mayChange(ids)) return;
    if (editing.isLocked(labelClass)) return;
    const label = t("Change class to {name}", { name: labelClass.name });
    if (labelClass.kind === "stuff") {
      const home = document.segments.list().find((segment) => segment.class === classId);
      const into = home?.id ?? ids[0];
      const edits = await freshPlan(editing, "merge", { ids: [into, ...ids], into });
      if (!edits) return;
      const table = overwritable(document.segments, { ...editing.locks, onlyIds: ids });
      await editing.perform(label, edits, table, () => home ?? this.setClass([into], classId));
      this.select([into]);
    } else {
      await editing.perform(label, [], null, () => this.setClass(ids, classId));
    }
    store.classId.value = classId;
  }

  /** @param {number[]} ids @param {number} classId */
  setClass(ids, classId) {
    const { document } = this.editing;
    for (const id of ids) {
      const segment = document?.segments.get(id);
      if (segment) document?.setSegment(id, { ...segment, class: classId, source: "human", score: null, model: null });
    }
  }

  /** @param {string} label @param {"intersect" | "subtract"} operation */
  async ofTwo(label, operation) {
    if (this.chosen.length !== 2) return this.editing.refuse(t("Select two segments: first the one to be changed."));
    await this.run(label, operation, { ids: this.chosen.slice().reverse(), nothing: t("The two do not overlap.") });
  }

  /**
   * @param {string} label of the undo step
   * @param {string} operation see operations.js
   * @param {{reach?: Reach, options?: Partial<PlanOptions>, ids?: number[], nothing?: string}} [how]
   *   nothing: what is said when there is nothing to do
   * @returns {Promise<boolean>} whether anything changed
   */
  async run(label, operation, { reach = "own", options = {}, ids = this.chosen, nothing } = {}) {
    const { editing } = this;
    const { document } = editing;
    if (!document || !this.mayChange(ids)) return false;
    const edits = await freshPlan(editing, operation, { ...options, ids });
    if (!edits) return false;
    const table =
      reach === "free"
        ? editing.writeTable(false, ids)
        : overwritable(document.segments, { ...editing.locks, onlyIds: ids });
    const hasChanged = edits.length > 0 && (await editing.perform(label, edits, table));
    if (!hasChanged && nothing) editing.refuse(nothing);
    return hasChanged;
  }

  /** @param {number[]} ids @returns {boolean} tells the user when not */
  mayChange(ids) {
    const { editing } = this;
    if (!editing.mayEdit()) return false;
    if (!ids.length) editing.refuse(t("Select a segment first."));
    else if (ids.some((id) => this.isLocked(id))) editing.refuse(t("A selected segment is locked. Unlock it first."));
    else return true;
    return false;
  }

  /** @param {number[]} ids */
  select(ids) {
    this.store.segmentId.value = ids[0] ?? null;
    this.store.selectedSegments.value = new Set(ids);
  }
}
