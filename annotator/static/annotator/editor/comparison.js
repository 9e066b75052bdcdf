/** @import {Api} from "./api.js" */
/** @import {Labelled} from "./diff.js" */
/** @import {Notices} from "./notices.js" */
/** @import {Session} from "./session.js" */
/** @import {Store} from "./store.js" */
/** @import {Change} from "./diff.js" */
/** @import {ShownLayer} from "./drawing_style.js" */
import { effect, untracked } from "@preact/signals-core";
import { handedIn } from "./revision_words.js";
import { LabelMap } from "./labelmap.js";
import { SegmentTable } from "./segments.js";

/** The labels next to something else: the model's prediction or an earlier revision of the image. */
export class Comparison {
  /** @param {Store} store @param {Api} api @param {Session} session @param {Notices} notices */
  constructor(store, api, session, notices) {
    this.store = store;
    this.api = api;
    this.notices = notices;
    this.session = session;
    /** @type {Map<string, Labelled>} other layers of the open image, by "image/layer" */
    this.layers = new Map();
    effect(() => {
      const revision = store.image.value?.revision;
      // Others may have saved too, and a prediction that was accepted is a revision of its own.
      if (store.shownLayer.value === "difference" && revision) untracked(() => void this.list());
    });
  }

  /** Forgets the layers of the image before, and lists what this one can be compared with. */
  async begin() {
    const { store } = this;
    const { mirror } = this.session;
    this.layers.clear();
    store.revisions.value = [];
    store.changes.value = [];
    store.changeCount.value = 0;
    store.changeAt.value = -1;
    store.reference.value = "prediction";
    await this.list();
    if (this.session.mirror !== mirror) return;
    const { image, revisions, config } = store;
    const isReview = config.mode === "review";
    const wanted = (isReview ? handedIn(revisions.value) : null) ?? revisions.value[0];
    if (wanted && (isReview || !image.value?.prediction)) store.reference.value = `revision:${wanted.number}`;
  }

  /** Lists the revisions that stay as they are: a draft at the head is still being written. */
  async list() {
    const { store, api } = this;
    const image = store.image.value;
    if (!image?.revision) return;
    await this.notices.attempt(async () => {
      const rows = await api.revisions(image.id);
      if (store.image.value?.id !== image.id) return;
      const head = Math.max(...rows.map(({ number }) => number));
      store.revisions.value = rows.filter(({ number, kind }) => number < head || kind !== "draft");
    });
  }

  get isPossible() {
    const { image, isPrediction, revisions } = this.store;
    return Boolean(image.value && !isPrediction.value && (image.value.prediction || revisions.value.length));
  }

  /** What is drawn in place of the labels. @param {ShownLayer} layer @returns {Promise<Labelled | null>} */
  async shown(layer) {
    if (layer === "prediction") return this.layer("prediction");
    return layer === "theirs" ? (this.store.conflict.peek()?.theirLabels() ?? null) : null;
  }

  /** @param {string} layer prediction or revision:N @returns {Promise<Labelled | null>} null when the image was closed */
  async layer(layer) {
    const { store, api, session } = this;
    const image = store.image.value;
    const { mirror } = session;
    if (!image || !mirror) return null;
    const key = `${image.id}/${layer}`;
    const known = this.layers.get(key);
    if (known) return known;
    const { tiff } = await api.labels(image.id, layer);
    if (session.mirror !== mirror) return null;
    const decoded = await mirror.keepLayer(layer, tiff);
    if (session.mirror !== mirror) return null;
    const labelled = { map: LabelMap.from(decoded), segments: new SegmentTable(decoded.segments) };
    this.layers.set(key, labelled);
    return labelled;
  }

  /**
   * @returns {Promise<LabelMap | null>} the difference as a map, its list of changes goes to the store; null when the
   *   image or what it is compared with changed meanwhile
   */
  async difference() {
    const { store, session } = this;
    const { document, mirror } = session;
    const reference = store.reference.value;
    const isWanted = () => session.document === document && store.reference.value === reference;
    if (!document || !mirror || !(await this.layer(reference)) || !isWanted()) return null;
    const { tiles, changes, count, pixels } = await mirror.compare(reference, document.segments.list());
    if (!isWanted()) return null;
    store.changeAt.value = placeIn(changes, store.changes.value[store.changeAt.value]);
    store.changes.value = changes;
    store.changeCount.value = count;
    store.changedPixels.value = pixels;
    const map = new LabelMap(document.map.width, document.map.height);
    for (const [index, tile] of tiles) map.put(index, tile);
    return map;
  }
}

/**
 * Where a change is now that the labels were changed.
 * @param {Change[]} changes @param {Change | undefined} before
 * @returns {number} -1 where it is no more
 */
function placeIn(changes, before) {
  if (!before) return -1;
  const { x0, y0, x1, y1 } = before.box;
  return changes.findIndex(
    ({ from, to, box }) =>
      from === before.from && to === before.to && box.x0 < x1 && box.x1 > x0 && box.y0 < y1 && box.y1 > y0,
  );
}
