/** @import {Api} from "./api.js" */
/** @import {Comparison} from "./comparison.js" */
/** @import {Display} from "./display.js" */
/** @import {Editing} from "./editing.js" */
/** @import {Intent} from "./types.js" */
/** @import {LabelDocument} from "./document.js" */
/** @import {Notices} from "./notices.js" */
/** @import {Store} from "./store.js" */
import { computed, effect, untracked } from "@preact/signals-core";
import { PredictionHelp } from "./prediction_help.js";
import { clickProposer } from "./proposers/click.js";
import { grabcutProposer } from "./proposers/grabcut.js";
import { livewireProposer } from "./proposers/livewire.js";
import { PicturePixels } from "./proposers/pixels.js";
import { superpixelProposer } from "./proposers/superpixel.js";
import { wandProposer } from "./proposers/wand.js";
import { rgb } from "./renderer/palette.js";
import { SegmentEdits } from "./segment_edits.js";
import { Suggestions } from "./suggestions.js";
import { TOOLS } from "./tools/registry.js";
import { createImageWorker } from "./worker/image_client.js";

const NO_CLASS_COLOR = "#9a9aa5";

/**
 * @typedef {object} AssistancePorts
 * @property {Store} store
 * @property {Api} api
 * @property {Editing} editing
 * @property {Display} display
 * @property {Comparison} comparison
 * @property {Notices} notices
 * @property {(points: [number, number][], isOpen: boolean) => void} showSketch
 */

/** What paints for the user: proposals, operations on segments, help from predictions; put together. */
export class Assistance {
  /** @param {AssistancePorts} ports */
  constructor(ports) {
    const { store, api, editing, display, showSketch, notices } = ports;
    const worker = createImageWorker();
    this.ports = ports;
    this.pixels = new PicturePixels(worker, {
      blob: async (image) =>
        display.picture?.image.id === image.id ? display.picture.blob() : api.imageFile(image.id),
      region: async (box, maxPixels) => {
        if (!display.picture) throw new Error("No picture is open.");
        return display.picture.region(box, maxPixels);
      },
    });
    this.segmentEdits = new SegmentEdits(store, editing);
    this.predictionHelp = new PredictionHelp({ ...ports, worker });
    this.suggestions = new Suggestions({
      store,
      editing,
      showSketch,
      refuse: (text) => notices.tell(text),
      proposers: {
        wand: wandProposer(store, worker, this.pixels),
        livewire: livewireProposer(worker, this.pixels),
        superpixel: superpixelProposer(api, store, worker),
        grabcut: grabcutProposer(api),
        click: clickProposer(api),
      },
    });
    /** @type {import("./labelmap.js").LabelMap | null} */
    this.proposed = null;
    this.imageId = computed(() => (store.phase.value === "ready" ? store.image.value?.id : undefined));
    effect(() => this.followColor());
    effect(() => this.makeReady());
  }

  /** A new image was opened. @param {LabelDocument} document */
  begin(document) {
    this.proposed = this.suggestions.begin(document.map);
    this.showProposal();
    this.ports.editing.copies.clear();
    void this.pixels.close();
  }

  /** @param {Intent} intent @returns {boolean} whether it was one for the assistance */
  apply(intent) {
    const { store } = this.ports;
    if (intent.kind === "cut") void this.segmentEdits.cut(intent.points);
    else if (intent.kind === "pick" && store.shownLayer.value === "prediction" && !store.isReadOnly.value)
      void this.predictionHelp.acceptAt(intent.x, intent.y);
    else return this.suggestions.apply(intent);
    return true;
  }

  followColor() {
    const { classId, classColors } = this.ports.store;
    void classId.value;
    void classColors.value;
    this.showProposal();
  }

  /** Proposals have the colour of the class that they would become. */
  showProposal() {
    const { store, display } = this.ports;
    const color = store.classColors.peek().get(store.classId.peek() ?? -1) ?? NO_CLASS_COLOR;
    if (this.proposed) display.showPreview(this.proposed, rgb(color));
  }

  /** A tool that needs pixels, superpixels or a model's view of the image gets them as soon as it is chosen. */
  makeReady() {
    const { store } = this.ports;
    const { proposer } = TOOLS[store.toolName.value];
    void store.superpixelScale.value;
    if (proposer && this.imageId.value !== undefined) untracked(() => void this.suggestions.prepare(proposer));
  }
}
