/** @import {Editing} from "./editing.js" */
/** @import {Entry} from "./history.js" */
/** @import {LabelDocument} from "./document.js" */
/** @import {Store} from "./store.js" */
import { effect, untracked } from "@preact/signals-core";

/**
 * @typedef {object} Untaken
 * @property {number} count predicted segments that are not labels
 * @property {{class: number, path: string}[]} outlines SVG path data in image pixels, one path a class
 *
 * @typedef {{ids: number[], entry: Entry, isUndone: boolean}} Taking one step of taking over
 */

/**
 * What is left of a prediction after single segments of it were taken over: outlined until all is taken or the user
 * lets it go. Follows undo and redo.
 */
export class UntakenSegments {
  /**
   * @param {Store} store @param {Editing} editing
   * @param {string} layer of the worker that holds the prediction
   * @param {() => void} tellAllBack says that undo brought the whole prediction back
   */
  constructor(store, editing, layer, tellAllBack) {
    this.tellAllBack = tellAllBack;
    this.store = store;
    this.editing = editing;
    this.layer = layer;
    /** @type {{document: LabelDocument, all: number[], takings: Taking[]} | null} */
    this.of = null;
    /** Ids that are outlined, or about to be, as text. */
    this.wanted = "";
    effect(() => {
      void store.labelsVersion.value;
      untracked(() => void this.follow());
    });
  }

  /**
   * The last step took some of a prediction and nothing else of it.
   * @param {LabelDocument} document @param {number[]} all segments of the prediction @param {number[]} ids those taken
   */
  begin(document, all, ids) {
    this.of = { document, all, takings: [] };
    return this.add(document, ids);
  }

  /** The last step took these too. @param {LabelDocument} document @param {number[]} ids */
  add(document, ids) {
    const entry = document.history.done.at(-1);
    if (this.of?.document !== document || !entry) return;
    this.of.takings.push({ ids, entry, isUndone: false });
    return this.follow();
  }

  dismiss() {
    this.of = null;
    return this.follow();
  }

  async follow() {
    const { store, editing } = this;
    if (this.of && this.of.document !== editing.document) this.of = null;
    const ids = this.left();
    const wanted = ids.join();
    if (wanted === this.wanted) return;
    this.wanted = wanted;
    const outlines = ids.length ? await this.of?.document.mirror.run("outlines", { layer: this.layer, ids }) : [];
    if (this.wanted === wanted) store.untaken.value = outlines.length ? { count: ids.length, outlines } : null;
  }

  /** @returns {number[]} ids of the prediction's segments that were not taken over */
  left() {
    if (!this.of?.takings.length) return [];
    const { document, all, takings } = this.of;
    const { done, undone } = document.history;
    const wasAllBack = takings[0].isUndone;
    for (const taking of takings) {
      if (undone.includes(taking.entry)) taking.isUndone = true;
      else if (done.includes(taking.entry)) taking.isUndone = false;
    }
    // Before the first of them, the whole prediction was there.
    if (takings[0].isUndone && !wasAllBack) this.tellAllBack();
    if (takings[0].isUndone) return [];
    const taken = new Set(takings.flatMap(({ ids, isUndone }) => (isUndone ? [] : ids)));
    return all.filter((id) => !taken.has(id));
  }
}
