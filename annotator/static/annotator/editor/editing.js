/** @import {Intent} from "./types.js" */
/** @import {LabelDocument} from "./document.js" */
/** @import {Store} from "./store.js" */
/** @import {LabelWorker} from "./worker/client.js" */
import { capsuleRuns, polygonRuns } from "./shapes.js";

/** Turns the intents of tools into strokes on the open document. */
export class Editing {
  /**
   * @param {Store} store
   * @param {Pick<LabelWorker, "flood">} worker
   * @param {(text: string) => void} refuse tells the user why nothing was drawn
   */
  constructor(store, worker, refuse) {
    this.store = store;
    this.worker = worker;
    this.refuse = refuse;
    /** @type {LabelDocument | null} */
    this.document = null;
  }

  /** @param {Intent} intent */
  apply(intent) {
    const { document } = this;
    if (!document) return;
    switch (intent.kind) {
      case "begin":
        return this.begin(intent.label, intent.target);
      case "stroke":
        document.write(capsuleRuns(intent.from, intent.to, intent.diameter), this.writeMode());
        return;
      case "polygon":
        document.write(polygonRuns(intent.points), this.writeMode());
        return;
      case "commit":
        if (document.commit()) this.store.strokeCount.value++;
        return;
      case "rollback":
        return document.rollback();
      case "fill":
        return void this.fill(intent.x, intent.y);
      case "pick":
        return this.pick(intent.x, intent.y);
    }
  }

  /** @param {string} label @param {"active" | "erase"} target */
  begin(label, target) {
    if (!this.mayEdit()) return;
    const id = target === "erase" ? 0 : this.targetId();
    if (id === null) return;
    if (this.store.shownLayer.value === "prediction") this.store.shownLayer.value = "labels";
    this.document?.begin(label, id);
  }

  mayEdit() {
    const { store } = this;
    if (!store.isReadOnly.value) return true;
    this.refuse(store.image.value?.read_only_reason || "This image is read-only for you.");
    return false;
  }

  /** Segment id that the active class paints into; null, with a word to the user, when there is none. */
  targetId() {
    const { store, document } = this;
    const labelClass = store.classById.get(store.classId.value ?? -1);
    if (!document) return null;
    if (!labelClass) {
      this.refuse(
        store.classes.length ? "Choose a class first." : "This project has no classes yet; add them in its settings.",
      );
      return null;
    }
    const known = document.segments.byId.size;
    const { id } = document.segments.target(labelClass, store.segmentId.value);
    if (labelClass.kind === "thing") store.segmentId.value = id;
    if (document.segments.byId.size !== known) store.labelsVersion.value++;
    return id;
  }

  /** @returns {((id: number) => boolean) | null} */
  writeMode() {
    const isErasing = this.document?.strokeId === 0;
    return this.store.paintOver.value === "unlabelled" && !isErasing ? (id) => id === 0 : null;
  }

  /** @param {number} x @param {number} y */
  async fill(x, y) {
    const { document } = this;
    if (!document || !this.mayEdit()) return;
    const { map } = document;
    if (x < 0 || y < 0 || x >= map.width || y >= map.height) return;
    const seed = map.get(x, y);
    if (seed !== 0 && this.store.paintOver.value === "unlabelled") {
      return this.refuse("Only unlabelled pixels are painted now; this area has a label.");
    }
    const runs = await this.worker.flood(map, x, y);
    await document.whenIdle();
    const id = this.document === document ? this.targetId() : null;
    if (id === null) return;
    document.begin("Fill", id);
    document.write(runs, (old) => old === seed);
    if (document.commit()) this.store.strokeCount.value++;
  }

  /** @param {number} x @param {number} y */
  pick(x, y) {
    const id = this.document?.map.get(x, y) ?? 0;
    const segment = this.document?.segments.get(id);
    this.store.segmentId.value = segment ? id : null;
    if (segment) this.store.classId.value = segment.class;
  }
}
