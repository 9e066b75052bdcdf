/** @import {Api} from "./api.js" */
/** @import {Labelled} from "./diff.js" */
/** @import {Notices} from "./notices.js" */
/** @import {Session} from "./session.js" */
/** @import {Store} from "./store.js" */
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
  }

  /** Forgets the layers of the image before, and lists what this one can be compared with. */
  async begin() {
    const { store, api } = this;
    const image = store.image.value;
    this.layers.clear();
    store.revisions.value = [];
    if (!image) return;
    store.reference.value = "prediction";
    if (image.revision < 2) return;
    await this.notices.attempt(async () => {
      const earlier = (await api.revisions(image.id)).filter(({ number }) => number < image.revision);
      if (store.image.value?.id !== image.id || !earlier.length) return;
      store.revisions.value = earlier;
      if (!image.prediction) store.reference.value = `revision:${Math.max(...earlier.map(({ number }) => number))}`;
    });
  }

  get isPossible() {
    const { image, isPrediction, reference } = this.store;
    return Boolean(image.value && !isPrediction.value && (image.value.prediction || reference.value !== "prediction"));
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
    const { tiles, changes } = await mirror.compare(reference, document.segments.list());
    if (!isWanted()) return null;
    store.changes.value = changes;
    const map = new LabelMap(document.map.width, document.map.height);
    for (const [index, tile] of tiles) map.put(index, tile);
    return map;
  }
}
