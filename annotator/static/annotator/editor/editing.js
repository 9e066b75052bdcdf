/** @import {Intent, LabelClass, Segment} from "./types.js" */
/** @import {SegmentEdit} from "./segment_writer.js" */
/** @import {LabelDocument} from "./document.js" */
/** @import {Labelled} from "./diff.js" */
/** @import {Store} from "./store.js" */
/** @import {Selection} from "./selection.js" */
/** @import {Unseen} from "./unseen.js" */
import { t } from "./i18n.js";
import { hiddenIds, reveal } from "./sight.js";
import { keepSelection, pick, selectionOf } from "./selection.js";
import { addSegment, writeEdits } from "./segment_writer.js";
import { stencilRuns } from "./stencil.js";
import { leavesSelected } from "./target.js";
import { overwritable } from "./write_mode.js";

/** Turns the intents of tools into strokes on the open document. */
export class Editing {
  /**
   * @param {Store} store
   * @param {(text: string, action?: {label: string, run: () => void}) => void} refuse tells the user why nothing was
   *   drawn, and what can be done about it
   * @param {Unseen} unseen
   */
  constructor(store, refuse, unseen) {
    this.store = store;
    this.refuse = refuse;
    this.unseen = unseen;
    /** @type {LabelDocument | null} */
    this.document = null;
    /** @type {Labelled | null} the prediction, where strokes copy from it */
    this.stencil = null;
    /** @type {Map<number, number>} segments of this document by the predicted segment that they were copied from */
    this.copies = new Map();
    /** Whether a tool's stroke is in progress. */
    this.isStroking = false;
    /** @type {Selection | null} what was selected before the stroke in progress */
    this.selectedBefore = null;
    /** Whether a large write is in progress; tools wait. */
    this.isPerforming = false;
  }

  /** @param {Intent} intent */
  apply(intent) {
    switch (intent.kind) {
      case "begin":
        return this.begin(intent.label, intent.target, intent.isInverted ?? false);
      case "write":
        return this.write(intent.runs);
      case "commit":
        return this.commit();
      case "rollback":
        if (this.isStroking) this.document?.rollback();
        return this.end(false);
      case "fill":
        return void this.fill(intent.x, intent.y, intent.isInverted);
      case "pick":
        return this.document ? pick(this.store, this.document, intent) : undefined;
    }
  }

  /** @param {string} label @param {"active" | "erase" | "outline"} target @param {boolean} isInverted */
  begin(label, target, isInverted) {
    const { store, document } = this;
    this.isStroking = false;
    if (!document || !this.mayEdit()) return;
    this.selectedBefore = selectionOf(store);
    const isSubtracting = target === "outline" && (store.polygonMode.value === "subtract") !== isInverted;
    const id = target === "erase" || isSubtracting ? 0 : this.targetId();
    if (id === null) return;
    if (["prediction", "theirs"].includes(store.shownLayer.value)) store.shownLayer.value = "labels";
    this.reveal(id);
    document.begin(label, id, isSubtracting ? this.subtractTable() : this.writeTable(id === 0));
    this.isStroking = true;
  }

  /** @param {ArrayLike<number>} runs */
  write(runs) {
    const { document } = this;
    if (!document || !this.isStroking) return;
    if (!this.stencil || document.strokeId === 0 || this.store.paintOver.value !== "stencil") document.write(runs);
    else
      for (const [id, part] of stencilRuns(this.stencil.map, runs)) {
        const segment = this.stencil.segments.get(id);
        if (segment) document.writeAs(part, this.copyOf(segment));
      }
  }

  commit() {
    this.end(this.isStroking && (this.document?.commit() ?? false));
  }

  /** The stroke in progress is over. @param {boolean} hasChanged */
  end(hasChanged) {
    if (hasChanged) this.store.strokeCount.value++;
    const { document, selectedBefore } = this;
    if (this.isStroking && document && selectedBefore) keepSelection(this.store, document, selectedBefore, hasChanged);
    if (hasChanged && document) this.unseen.look(document);
    this.isStroking = false;
  }

  /** @returns {boolean} whether labels may be changed now; tells the user when not */
  mayEdit() {
    const { store } = this;
    if (this.isPerforming) {
      this.refuse(t("A large change is still being written; try again in a moment."));
      return false;
    }
    if (!store.isReadOnly.value) return true;
    this.refuse(store.image.value?.read_only_reason || t("This image is read-only for you."));
    return false;
  }

  /**
   * Segment id that the active class paints into; null, with a word to the user, when there is none.
   * @param {boolean} [isNew] whether the selected object is left as it is
   */
  targetId(isNew = leavesSelected(this.store)) {
    const { store, document } = this;
    const labelClass = store.classById.get(store.classId.value ?? -1);
    if (!document) return null;
    if (store.paintOver.value === "stencil") return this.stencilId();
    if (!labelClass) {
      const hasClasses = store.classes.length > 0;
      if (hasClasses) this.refuse(t("Choose a class first."));
      else
        this.refuse(t("This project has no classes yet; add them in its settings."), {
          label: t("Open the settings"),
          run: () => location.assign(store.config.urls.settings),
        });
      return null;
    }
    const known = document.segments.byId.size;
    if (this.isLocked(labelClass, isNew)) return null;
    const { id } = document.segments.target(labelClass, isNew ? null : store.segmentId.value);
    if (labelClass.kind === "thing") store.segmentId.value = id;
    if (document.segments.byId.size !== known) store.labelsVersion.value++;
    return id;
  }

  /** @param {number} id of the segment that is drawn, 0 for none */
  reveal(id) {
    const isOne = this.store.paintOver.value !== "stencil";
    reveal(this.store, (isOne && this.document?.segments.get(id)) || null, this.refuse);
  }

  /** A stencil stroke writes many ids; any that is not 0 stands for them. */
  stencilId() {
    if (this.stencil) return 1;
    this.refuse(
      this.store.image.value?.prediction
        ? t("The prediction is still being fetched; try again in a moment.")
        : t("This image has no prediction to copy from."),
    );
    return null;
  }

  /**
   * @param {LabelClass} labelClass @param {boolean} [isNew] whether the selected segment is left as it is
   * @returns {boolean} whether it may not be painted into; tells the user why
   */
  isLocked(labelClass, isNew = false) {
    const { lockedClasses, lockedSegments, segmentId } = this.store;
    const chosen = this.document?.segments.get(segmentId.value ?? -1);
    const isSegmentLocked = !isNew && chosen?.class === labelClass.id && lockedSegments.value.has(chosen.id);
    if (lockedClasses.value.has(labelClass.id))
      this.refuse(t("{name} is locked. Unlock it, or choose another class.", { name: labelClass.name }));
    else if (isSegmentLocked) this.refuse(t("The selected segment is locked. Unlock it, or start a new object."));
    else return false;
    return true;
  }

  /** What a stroke may change. @param {boolean} isErasing @param {number[]} [exceptIds] */
  writeTable(isErasing, exceptIds = []) {
    const { store, document } = this;
    if (!document) return null;
    const mode = store.paintOver.value;
    const onlyClass = mode === "class" ? this.classToPaintOver() : null;
    return overwritable(document.segments, {
      ...this.locks,
      isUnlabelledOnly: (mode === "unlabelled" && !isErasing) || (mode === "class" && onlyClass === null),
      onlyClass,
      exceptIds: [...exceptIds, ...this.sparedIds],
    });
  }

  /** Of labels that are hidden, where only what is visible may be painted over. */
  get sparedIds() {
    const { store, document } = this;
    return document && store.paintOver.value === "visible" ? hiddenIds(store, document.segments) : [];
  }

  get locks() {
    const { lockedClasses, lockedSegments } = this.store;
    return { lockedClasses: lockedClasses.value, lockedSegments: lockedSegments.value };
  }

  /** The chosen class, else that of the pixel where the stroke begins; null where it is unlabelled. */
  classToPaintOver() {
    const { store, document } = this;
    if (store.paintOverClassId.value !== null) return store.paintOverClassId.value;
    const { x, y } = store.cursor.peek();
    const id = document?.map.get(Math.floor(x), Math.floor(y)) ?? 0;
    return document?.segments.get(id)?.class ?? null;
  }

  /** What an outline that subtracts may change: the selected segment, else the active class. */
  subtractTable() {
    const { store, document } = this;
    if (!document) return null;
    const chosen = store.segmentId.value;
    const rules = chosen === null ? { onlyClass: store.classId.value } : { onlyIds: [chosen] };
    return overwritable(document.segments, { ...this.locks, ...rules, exceptIds: this.sparedIds });
  }

  /**
   * A proposal becomes a stroke: painted, or taken away where outlines subtract.
   * @param {string} label
   * @param {ArrayLike<number>} runs
   * @param {{isInverted: boolean, isNew: boolean}} how isInverted: the other way round; isNew: the selected object is
   *   left as it is
   */
  async paint(label, runs, { isInverted, isNew }) {
    if (!this.mayEdit()) return;
    const isSubtracting = (this.store.polygonMode.value === "subtract") !== isInverted;
    if (!isSubtracting && this.store.paintOver.value === "stencil" && runs.length) {
      this.begin(label, "active", false);
      this.write(runs);
      return this.commit();
    }
    const before = selectionOf(this.store);
    const id = isSubtracting ? 0 : this.targetId(isNew);
    if (id === null) return;
    this.reveal(id);
    await this.performFor(before, label, { runs, id }, isSubtracting ? this.subtractTable() : this.writeTable(false));
  }

  /** @param {number} x @param {number} y @param {boolean} isErasing */
  async fill(x, y, isErasing) {
    const { document } = this;
    if (!document || !this.mayEdit()) return;
    const { map } = document;
    if (x < 0 || y < 0 || x >= map.width || y >= map.height) return;
    const seed = map.get(x, y);
    const table = this.writeTable(isErasing);
    if (table && !table[seed]) return this.refuse(t("What is here may not be painted over now."));
    const runs = await document.mirror.run("flood", { x, y });
    if (this.document !== document) return;
    const before = selectionOf(this.store);
    const id = isErasing ? 0 : this.targetId();
    if (id === null || id === seed) return;
    this.reveal(id);
    const label = isErasing ? t("Fill with nothing") : t("Fill");
    const onlySeed = overwritable(document.segments, { ...this.locks, onlyIds: [seed] });
    await this.performFor(before, label, { runs, id }, onlySeed);
  }

  /**
   * Writes one edit that the selection goes on with.
   * @param {Selection} before @param {string} label @param {SegmentEdit} edit @param {Uint8Array | null} table
   */
  async performFor(before, label, edit, table) {
    const { document } = this;
    const hasChanged = await this.perform(label, [edit], table);
    if (!document || this.document !== document) return;
    keepSelection(this.store, document, before, hasChanged);
    if (hasChanged) this.unseen.look(document);
  }

  /**
   * Writes edits as one undo step; tools wait meanwhile.
   * @param {string} label
   * @param {SegmentEdit[]} edits
   * @param {Uint8Array | null} table what gives way, by old id
   * @param {(document: LabelDocument) => void} [alsoDo] changes of the segment table that belong to the step
   * @returns {Promise<boolean>} whether anything changed
   */
  async perform(label, edits, table, alsoDo) {
    const { document } = this;
    if (!document) return false;
    while (document.stroke) await document.whenIdle();
    if (this.document !== document || this.isPerforming) return false;
    this.isPerforming = true;
    document.begin(label, 0, table);
    try {
      alsoDo?.(document);
      const isOpen = () => this.document === document;
      if (await writeEdits(document, edits, isOpen)) {
        const hasChanged = await document.commitInTurns(isOpen);
        if (hasChanged) this.store.strokeCount.value++;
        return hasChanged;
      }
      return false;
    } finally {
      document.rollback();
      this.isPerforming = false;
    }
  }

  /**
   * The segment of this document that a predicted one is copied into: the one of a stuff class, the copy made before,
   * the same object where the labels grew out of this prediction, else a new one.
   * @param {Segment} predicted
   * @returns {number} id
   */
  copyOf(predicted) {
    const { document, store } = this;
    if (!document) return 0;
    const { segments } = document;
    const isStuff = store.classById.get(predicted.class)?.kind === "stuff";
    if (isStuff) {
      for (const segment of segments.byId.values()) if (segment.class === predicted.class) return segment.id;
    }
    for (const id of [this.copies.get(predicted.id), predicted.id]) {
      const segment = segments.get(id ?? -1);
      if (segment && segment.class === predicted.class && segment.source === "model") return segment.id;
    }
    const { class: labelClass, score = null, model = null } = predicted;
    const id = addSegment(document, { class: labelClass, source: "model", score, model });
    this.copies.set(predicted.id, id);
    return id;
  }
}
