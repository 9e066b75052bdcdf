/** @import {LabelDocument} from "./document.js" */
/** @import {Store} from "./store.js" */
import { pixelsTaken } from "./delta.js";
import { t, tn } from "./i18n.js";
import { hiddenIds } from "./sight.js";

/** Tells who painted over hidden labels, once until something else is hidden or may be painted over. */
export class Unseen {
  /** @param {Store} store @param {(text: string) => void} tell */
  constructor(store, tell) {
    this.store = store;
    this.tell = tell;
    /** @type {unknown[]} what was hidden, and the mode, as it was last told */
    this.told = [];
  }

  /**
   * Looks at the last step.
   * @param {LabelDocument} document
   * @param {number[]} [meant] ids of segments that the user chose to have changed
   */
  look(document, meant = []) {
    const { hiddenClasses, hiddenSegments, isolated, paintOver } = this.store;
    const hidden = new Set(hiddenIds(this.store, document.segments));
    for (const id of meant) hidden.delete(id);
    const pixels = hidden.size ? pixelsTaken(document.history.done.at(-1)?.deltas ?? [], hidden) : 0;
    const state = [document, hiddenClasses.value, hiddenSegments.value, isolated.value, paintOver.value];
    if (!pixels || state.every((value, i) => value === this.told[i])) return;
    this.told = state;
    const fact = tn(
      "{count} pixel of hidden labels was painted over.",
      "{count} pixels of hidden labels were painted over.",
      pixels,
    );
    const isChosen = paintOver.value === "class";
    this.tell(isChosen ? fact : `${fact} ${t("To spare them, paint over “what is visible”.")}`);
  }
}
