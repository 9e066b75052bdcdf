/** @import {Api} from "./api.js" */
/** @import {Comparison} from "./comparison.js" */
/** @import {Editing} from "./editing.js" */
/** @import {SegmentEdit} from "./segment_writer.js" */
/** @import {LabelDocument} from "./document.js" */
/** @import {Segment} from "./types.js" */
/** @import {Notices} from "./notices.js" */
/** @import {Store} from "./store.js" */
/** @import {JobWorker} from "./worker/job_worker.js" */
import { effect, untracked } from "@preact/signals-core";
import { freshPlan } from "./fresh_plan.js";
import { t, tn } from "./i18n.js";
import { fitBox } from "./view.js";
import { overwritable } from "./write_mode.js";

const PREDICTION = "prediction";
const PREVIOUS = "previous image";
/** Room left around an uncertain region, as a share of its size, and at least this many image pixels. */
const ROOM_SHARE = 0.5;
const ROOM_PX = 32;

/** Taking over parts of a prediction, or of the labels of the image before. */
export class PredictionHelp {
  /**
   * @param {object} ports
   * @param {Store} ports.store
   * @param {Api} ports.api
   * @param {Notices} ports.notices
   * @param {Editing} ports.editing
   * @param {Comparison} ports.comparison
   * @param {JobWorker} ports.worker the image worker
   */
  constructor(ports) {
    this.ports = ports;
    /** @type {{image: number, regions: import("./shapes.js").Box[], next: number} | null} */
    this.uncertain = null;
    effect(() => this.followStencil());
  }

  /** Strokes copy from the prediction as long as the write mode says so. */
  followStencil() {
    const { store, editing, comparison, notices } = this.ports;
    const isWanted = store.paintOver.value === "stencil" && store.phase.value === "ready";
    const image = store.image.value;
    const id = image?.id;
    untracked(() => {
      editing.stencil = null;
      if (!isWanted || !image?.prediction) return;
      void notices.attempt(async () => {
        const layer = await comparison.layer(PREDICTION);
        if (store.image.value?.id === id && store.paintOver.value === "stencil") editing.stencil = layer;
      });
    });
  }

  /** Whether the labels still are the prediction itself: nothing was drawn, nothing accepted. */
  get isUntouched() {
    const { store } = this.ports;
    return store.isPrediction.value && store.strokeCount.value === 0;
  }

  /** Accepts the predicted segment at a pixel. @param {number} x @param {number} y */
  async acceptAt(x, y) {
    const { editing } = this.ports;
    const { document } = editing;
    const layer = await this.layer();
    if (!document || !layer || editing.document !== document) return;
    const segment = layer.segments.get(layer.map.get(x, y));
    if (!segment) return editing.refuse(t("The prediction has no segment here."));
    await this.accept(t("Accept a predicted segment"), document, [segment], false);
  }

  /** Accepts all predicted segments that are sure enough. What people drew stays. */
  async acceptAbove() {
    const { store, notices, editing } = this.ports;
    const { document } = editing;
    const layer = await this.layer();
    if (!document || !layer || editing.document !== document) return;
    const limit = store.acceptAbove.value;
    const sure = layer.segments.list().filter(({ score }) => typeof score === "number" && score >= limit);
    if (!sure.length)
      return notices.tell(t("No predicted segment has a confidence of {limit} or more.", { limit: limit.toFixed(2) }));
    if (!(await this.accept(t("Accept what is sure"), document, sure, true))) return;
    notices.tell(
      tn(
        "{count} predicted segment taken over; what people drew was kept.",
        "{count} predicted segments taken over; what people drew was kept.",
        sure.length,
      ),
    );
  }

  /**
   * @param {string} label @param {LabelDocument} document the open one @param {Segment[]} chosen
   * @param {boolean} sparesPeople whether segments drawn by people stay
   * @returns {Promise<boolean>} whether it was done: not when the image may not be edited or was closed meanwhile
   */
  async accept(label, document, chosen, sparesPeople) {
    const { editing } = this.ports;
    if (!editing.mayEdit()) return false;
    const ids = chosen.map(({ id }) => id);
    if (this.isUntouched) {
      const edits = await freshPlan(editing, "keepOnly", { ids });
      if (!edits) return false;
      // A stroke that ended while the plan was made is a person's: then segments are taken over one by one.
      if (this.isUntouched) {
        await editing.perform(label, edits, overwritable(document.segments, editing.locks));
        return editing.document === document;
      }
    }
    const parts = await document.mirror.run("layerRuns", { layer: PREDICTION, ids });
    const table = () => {
      const drawn = document.segments.list().filter(({ source }) => source === "human");
      return editing.writeTable(false, sparesPeople ? drawn.map(({ id }) => id) : []);
    };
    return this.take(label, document, parts, chosen, table, (segment) => segment);
  }

  /** Copies the labels of the image before this one. */
  async copyPrevious() {
    const { store, api, notices, editing } = this.ports;
    const { document } = editing;
    const image = store.image.value;
    if (!document || !image || !editing.mayEdit()) return;
    await notices.attempt(async () => {
      const response = await api.request("GET", `/images/${image.id}/previous`);
      if (editing.document !== document) return;
      if (response.status === 204) return editing.refuse(t("No image before this one has labels."));
      const previous = await response.json();
      if (previous.width !== image.width || previous.height !== image.height)
        return editing.refuse(
          t("{name} is {width} × {height} pixels, this image is not; its labels were not copied.", previous),
        );
      const { tiff } = await api.labels(previous.id);
      if (editing.document !== document) return;
      const decoded = await document.mirror.keepLayer(PREVIOUS, tiff);
      if (editing.document !== document) return;
      const parts = await document.mirror.run("layerRuns", { layer: PREVIOUS, ids: null });
      await this.take(
        t("Copy from {name}", previous),
        document,
        parts,
        decoded.segments,
        () => editing.writeTable(false),
        (segment) => ({ ...segment, source: "human", score: null, model: null }),
      );
    });
  }

  /**
   * Writes what another labelling holds into this one.
   * @param {string} label @param {LabelDocument} document
   * @param {{id: number, runs: Int32Array}[]} parts @param {Segment[]} segments of the other labelling
   * @param {() => Uint8Array | null} tableOf what gives way, asked once no stroke is in progress
   * @param {(segment: Segment) => Segment} rowOf what a copy is in the table
   * @returns {Promise<boolean>} false when the image was closed meanwhile
   */
  async take(label, document, parts, segments, tableOf, rowOf) {
    const { editing, store } = this.ports;
    await document.whenIdle();
    if (editing.document !== document) return false;
    const byId = new Map(segments.map((segment) => [segment.id, segment]));
    const homes = new Map(document.segments.list().map((segment) => [segment.class, segment.id]));
    let last = 0;
    const edits = parts.flatMap(({ id, runs }) => {
      const segment = byId.get(id);
      if (!segment) return [];
      const isStuff = store.classById.get(segment.class)?.kind === "stuff";
      const home = isStuff ? homes.get(segment.class) : this.sameObject(document, segment);
      if (home !== undefined) return [{ runs, id: home }];
      const { id: _, ...row } = rowOf(segment);
      /** @type {SegmentEdit} */
      const edit = { runs, id: --last, row };
      if (row.source === "model") edit.added = (added) => editing.copies.set(id, added);
      if (isStuff) homes.set(segment.class, edit.id);
      return [edit];
    });
    await editing.perform(label, edits, tableOf());
    return editing.document === document;
  }

  /**
   * The object of these labels that grew out of a predicted one.
   * @param {LabelDocument} document @param {Segment} predicted
   */
  sameObject(document, predicted) {
    if (predicted.source !== "model") return undefined;
    const candidates = [this.ports.editing.copies.get(predicted.id), predicted.id];
    return candidates.find((id) => {
      const mine = document.segments.get(id ?? -1);
      return mine?.source === "model" && mine.class === predicted.class;
    });
  }

  async layer() {
    const { store, notices, comparison, editing } = this.ports;
    if (!store.image.value?.prediction) {
      editing.refuse(t("This image has no prediction."));
      return null;
    }
    /** @type {import("./diff.js").Labelled | null} */
    let layer = null;
    await notices.attempt(async () => {
      layer = await comparison.layer(PREDICTION);
    });
    return /** @type {import("./diff.js").Labelled | null} */ (layer);
  }

  /** Moves the view to the next region where the model was unsure, the worst first. */
  async nextUncertain() {
    const { store, api, notices, editing, worker } = this.ports;
    const image = store.image.value;
    if (!image?.prediction) return editing.refuse(t("This image has no prediction."));
    await notices.attempt(async () => {
      if (this.uncertain?.image !== image.id) {
        const { width, height } = image;
        const blob = await api.uncertainty(image.id);
        const regions = await worker.run("uncertain", { blob, width, height });
        this.uncertain = { image: image.id, regions, next: 0 };
      }
      if (store.image.value?.id === image.id) this.goToNext();
    });
  }

  goToNext() {
    const { store, notices } = this.ports;
    const { uncertain } = this;
    if (!uncertain?.regions.length) return notices.tell(t("The model was sure everywhere on this image."));
    const number = (uncertain.next % uncertain.regions.length) + 1;
    const box = uncertain.regions[number - 1];
    uncertain.next = number;
    const [dx, dy] = [roomFor(box.x1 - box.x0), roomFor(box.y1 - box.y0)];
    store.view.value = fitBox(store.view.value, {
      x0: box.x0 - dx,
      y0: box.y0 - dy,
      x1: box.x1 + dx,
      y1: box.y1 + dy,
    });
    notices.tell(t("Doubtful place {number} of {total}", { number, total: uncertain.regions.length }));
  }
}

/** @param {number} size image pixels */
function roomFor(size) {
  return Math.max(ROOM_PX, size * ROOM_SHARE);
}

