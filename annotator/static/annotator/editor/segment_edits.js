/** @import {Editing} from "./editing.js" */
/** @import {PlanOptions} from "./operations.js" */
/** @import {Runs} from "./runs.js" */
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
 *
 * @typedef {{runs: () => Runs | null, dismiss: () => void}} OpenProposal runs: null where nothing is proposed
 */
export class SegmentEdits {
  /** @param {Store} store @param {Editing} editing @param {OpenProposal} proposal what is proposed now */
  constructor(store, editing, proposal) {
    this.store = store;
    this.editing = editing;
    this.proposal = proposal;
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

  /** All into the one chosen last, whatever their classes; while a proposal is open, it is added to the chosen one. */
  async merge() {
    const ids = this.chosen;
    if (this.proposal.runs()) return this.addProposal();
    if (ids.length < 2) return this.editing.refuse(t("Select the segments to be merged first."));
    const { segments } = this.editing.document ?? {};
    const classes = new Set(ids.map((id) => segments?.get(id)?.class));
    const name = this.store.classById.get(segments?.get(ids[0])?.class ?? -1)?.name ?? "";
    if (!(await this.run(t("Merge"), "merge"))) return;
    this.select([ids[0]]);
    if (classes.size > 1)
      this.editing.refuse(t("Segments of several classes were merged; all of it is {name} now.", { name }));
  }

  async addProposal() {
    const { editing, proposal } = this;
    const runs = proposal.runs();
    const ids = this.chosen;
    if (!runs || !this.mayChange(ids) || !this.isOne(ids)) return;
    const { document } = editing;
    if (await editing.perform(t("Add the proposal"), [{ runs, id: ids[0] }], editing.writeTable(false))) {
      if (document && editing.document === document) editing.unseen.look(document, ids);
      proposal.dismiss();
    } else editing.refuse(t("Nothing was added: nothing of the proposal may be painted over."));
  }

  /** The chosen segment keeps what the open proposal covers, else what the outline of a second one encloses. */
  async intersect() {
    const nothing = t("Nothing was changed: the two areas lie apart, or the first lies within the other already.");
    const runs = this.proposal.runs();
    if (!runs) return this.ofTwo(t("Keep what lies within the other"), "intersect", nothing);
    if (!this.meets(runs, nothing)) return;
    if (await this.run(t("Keep what the proposal covers"), "keepWithin", { options: { within: runs }, nothing }))
      this.proposal.dismiss();
  }

  /** The chosen segment loses what the open proposal covers, else what the outline of a second one encloses. */
  async subtract() {
    const apart = t("The two areas lie apart: there is nothing to take away.");
    const runs = this.proposal.runs();
    if (!runs) return this.ofTwo(t("Take away what lies within the other"), "subtract", apart);
    const { editing, chosen } = this;
    if (!editing.document || !this.meets(runs, apart)) return;
    const table = overwritable(editing.document.segments, { ...editing.locks, onlyIds: chosen });
    if (await editing.perform(t("Take the proposal away"), [{ runs, id: 0 }], table)) this.proposal.dismiss();
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
      const edits = await freshPlan(editing, label, "merge", { ids: [into, ...ids], into });
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

  /** @param {string} label @param {"intersect" | "subtract"} operation @param {string} apart said where they are */
  async ofTwo(label, operation, apart) {
    const ids = this.chosen;
    if (ids.length === 2) return this.run(label, operation, { ids: ids.reverse(), nothing: apart });
    this.editing.refuse(t("Select two segments, the one to be changed first; or one, while a proposal is open."));
  }

  /**
   * Whether one segment is chosen and the proposal covers some of it; tells the user when not.
   * @param {Runs} runs of the proposal @param {string} apart said where it covers nothing
   */
  meets(runs, apart) {
    const ids = this.chosen;
    if (!this.mayChange(ids) || !this.isOne(ids)) return false;
    const map = this.editing.document?.map;
    for (let i = 0; map && i < runs.length; i += 3)
      for (let x = runs[i + 1]; x < runs[i + 2]; x++) if (map.get(x, runs[i]) === ids[0]) return true;
    this.editing.refuse(apart);
    return false;
  }

  /** @param {number[]} ids @returns {boolean} tells the user when there are more */
  isOne(ids) {
    if (ids.length > 1) this.editing.refuse(t("Select the one segment that the proposal is to change."));
    return ids.length === 1;
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
    const edits = await freshPlan(editing, label, operation, { ...options, ids });
    if (!edits) return false;
    const table =
      reach === "free"
        ? editing.writeTable(false, ids)
        : overwritable(document.segments, { ...editing.locks, onlyIds: ids });
    const hasChanged = edits.length > 0 && (await editing.perform(label, edits, table));
    if (hasChanged && editing.document === document) editing.unseen.look(document, ids);
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
