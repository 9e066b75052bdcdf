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
    /** @type {unknown[]} of which image, what was hidden and what might be painted over, as it was last told */
    this.told = [];
  }

  /**
   * Looks at the last step.
   * @param {LabelDocument} document
   * @param {number[]} [meant] ids of segments that the user chose to have changed
   */
  look(document, meant = []) {
    const { image, hiddenClasses, hiddenSegments, isolated, paintOver, paintOverClassId } = this.store;
    const state = [image.value?.id, ...[hiddenClasses, hiddenSegments, isolated, paintOver, paintOverClassId].map(valueOf)];
    if (state.every((value, i) => value === this.told[i])) return;
    const hidden = new Set(hiddenIds(this.store, document.segments));
    for (const id of meant) hidden.delete(id);
    const pixels = hidden.size ? pixelsTaken(document.history.done.at(-1)?.deltas ?? [], hidden) : 0;
    if (!pixels) return;
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

/** @param {{value: unknown}} signal */
const valueOf = ({ value }) => value;
