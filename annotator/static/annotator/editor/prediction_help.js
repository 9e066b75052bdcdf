/** @import {Api} from "./api.js" */
/** @import {Comparison} from "./comparison.js" */
/** @import {Editing} from "./editing.js" */
/** @import {LabelDocument} from "./document.js" */
/** @import {Segment} from "./types.js" */
/** @import {Notices} from "./notices.js" */
/** @import {Store} from "./store.js" */
/** @import {JobWorker} from "./worker/job_worker.js" */
import { effect, untracked } from "@preact/signals-core";
import { freshPlan } from "./fresh_plan.js";
import { digits, t, tn } from "./i18n.js";
import { PreviousLabels } from "./previous_labels.js";
import { takeOver } from "./takeover.js";
import { UntakenSegments } from "./untaken.js";
import { fitBox } from "./view.js";
import { overwritable } from "./write_mode.js";

const PREDICTION = "prediction";
/** Source of notices. */
const TAKEN = "taken";
/** Room left around an uncertain region, as a share of its size, and at least this many image pixels. */
const ROOM_SHARE = 0.5;
const ROOM_PX = 32;

/** Taking over parts of a prediction. */
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
    this.untaken = new UntakenSegments(ports.store, ports.editing, PREDICTION, () =>
      ports.notices.tell(
        t("The whole prediction is there again, now as the labels of this image."),
        "info",
        undefined,
        TAKEN,
      ),
    );
    this.previous = new PreviousLabels(ports);
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
    const taken = await this.accept(t("Accept a predicted segment"), document, [segment], false);
    if (taken === 0) this.tellUnchanged();
    if (taken) this.tellTaken(segment);
  }

  /** @param {Segment} segment */
  tellTaken(segment) {
    const { store, notices } = this.ports;
    const name = store.classById.get(segment.class)?.name ?? t("Class {id}", { id: segment.class });
    const left = this.untaken.left().length;
    const text = left
      ? tn(
          "Taken over: {name}. {count} predicted segment is left, outlined with dashes.",
          "Taken over: {name}. {count} predicted segments are left, outlined with dashes.",
          left,
          { name },
        )
      : t("Taken over: {name}.", { name });
    notices.tell(text, "info", undefined, TAKEN);
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
      return notices.tell(t("No predicted segment has a confidence of {limit} or more.", { limit: digits(limit, 2) }));
    const taken = await this.accept(t("Accept what is sure"), document, sure, true);
    if (taken === null) return;
    if (taken === 0) return this.tellUnchanged();
    notices.tell(
      tn(
        "{count} predicted segment taken over; what people drew was kept.",
        "{count} predicted segments taken over; what people drew was kept.",
        taken,
      ),
    );
  }

  tellUnchanged() {
    this.ports.notices.tell(
      this.isUntouched
        ? t("Nothing was changed: the labels shown are the prediction already. Accept it as a whole.")
        : t("Nothing was changed: it is there already, is locked, or people drew there."),
    );
  }

  /**
   * @param {string} label @param {LabelDocument} document the open one @param {Segment[]} chosen
   * @param {boolean} sparesPeople whether segments drawn by people stay
   * @returns {Promise<number | null>} how many of them were taken over; null where the image may not be edited, or was
   *   closed meanwhile
   */
  async accept(label, document, chosen, sparesPeople) {
    const { editing } = this.ports;
    if (!editing.mayEdit()) return null;
    const ids = chosen.map(({ id }) => id);
    if (this.isUntouched) {
      const edits = await freshPlan(editing, label, "keepOnly", { ids });
      if (!edits) return null;
      // A stroke that ended while the plan was made is a person's: then segments are taken over one by one.
      if (this.isUntouched) {
        const all = document.segments.list().filter((segment) => document.map.counts[segment.id] > 0);
        const hasChanged = await editing.perform(label, edits, overwritable(document.segments, editing.locks));
        if (editing.document !== document) return null;
        if (!hasChanged) return 0;
        void this.untaken.begin(
          document,
          all.map(({ id }) => id),
          ids,
        );
        return chosen.length;
      }
    }
    const parts = await document.mirror.run("layerRuns", { layer: PREDICTION, ids });
    const table = () => {
      const drawn = document.segments.list().filter(({ source }) => source === "human");
      return editing.writeTable(false, sparesPeople ? drawn.map(({ id }) => id) : []);
    };
    const taken = await takeOver(this.ports, label, document, {
      parts,
      segments: chosen,
      tableOf: table,
      rowOf: (segment) => segment,
    });
    if (taken) void this.untaken.add(document, ids);
    return taken;
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
    const text = t("Doubtful place {number} of {total}", { number, total: uncertain.regions.length });
    notices.tell(text, "info", undefined, "doubt");
  }
}

/** @param {number} size image pixels */
function roomFor(size) {
  return Math.max(ROOM_PX, size * ROOM_SHARE);
}

