/** @import {Api} from "./api.js" */
/** @import {Comparison} from "./comparison.js" */
/** @import {Display} from "./display.js" */
/** @import {Editing} from "./editing.js" */
/** @import {Intent} from "./types.js" */
/** @import {LabelDocument} from "./document.js" */
/** @import {Notices} from "./notices.js" */
/** @import {Store} from "./store.js" */
import { computed, effect, untracked } from "@preact/signals-core";
import { NO_CLASS_COLOR } from "./palettes.js";
import { PredictionHelp } from "./prediction_help.js";
import { sizesAlike } from "./proposers/alike.js";
import { beginReadiness, clickProposer, makeReady } from "./proposers/click.js";
import { ClickAhead } from "./proposers/click_ahead.js";
import { grabcutProposer } from "./proposers/grabcut.js";
import { livewireProposer } from "./proposers/livewire.js";
import { PicturePixels } from "./proposers/pixels.js";
import { superpixelProposer } from "./proposers/superpixel.js";
import { ViewAhead } from "./proposers/view_ahead.js";
import { wandProposer } from "./proposers/wand.js";
import { rgb } from "./renderer/palette.js";
import { isTidy, tidyRuns } from "./runs.js";
import { SegmentEdits } from "./segment_edits.js";
import { Suggestions } from "./suggestions.js";
import { takesAway } from "./target.js";
import { TOOLS } from "./tools/registry.js";
import { inView } from "./view.js";
import { createImageWorker } from "./worker/image_client.js";

/** What a proposal looks like that will be taken away. */
const REMOVAL_COLOR = "#ff2d3f";

/**
 * @typedef {object} AssistancePorts
 * @property {Store} store
 * @property {Api} api
 * @property {Editing} editing
 * @property {Display} display
 * @property {Comparison} comparison
 * @property {Notices} notices
 * @property {(points: [number, number][], isOpen: boolean) => void} showSketch
 * @property {() => void} endProposal has the tool in use let go of what it proposes
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
    this.segmentEdits = new SegmentEdits(store, editing, {
      runs: () => this.openRuns,
      dismiss: () => ports.endProposal(),
    });
    this.predictionHelp = new PredictionHelp({ ...ports, worker });
    this.suggestions = new Suggestions({
      store,
      editing,
      showSketch,
      refuse: (text) => notices.tell(text, "info", undefined, "refusal"),
      proposers: {
        wand: wandProposer(store, worker, this.pixels),
        livewire: livewireProposer(worker, this.pixels),
        superpixel: superpixelProposer(api, store, worker),
        grabcut: grabcutProposer(api),
        click: clickProposer(api, {
          sizesAlike: () => sizesAlike(store, editing.document),
          inView: () => this.seen,
        }),
      },
    });
    this.clickAhead = new ClickAhead((image) => beginReadiness(api, image));
    this.viewAhead = new ViewAhead((image, seen) =>
      makeReady(api, image, seen, () => store.image.value?.id === image.id),
    );
    /** @type {import("./labelmap.js").LabelMap | null} */
    this.proposed = null;
    this.imageId = computed(() => (store.phase.value === "ready" ? store.image.value?.id : undefined));
    effect(() => this.followColor());
    effect(() => this.makeReady());
    effect(() => this.followView());
  }

  /** The pixels in view; null where none of the image is. */
  get seen() {
    const { view, image } = this.ports.store;
    return image.value && inView(view.value, image.value.width, image.value.height);
  }

  /** What is proposed now; null where nothing is. */
  get openRuns() {
    const runs = this.ports.store.proposal.value?.pixels ? this.suggestions.shown?.answer.runs : null;
    if (!runs) return null;
    return isTidy(runs) ? Int32Array.from(runs) : tidyRuns(runs);
  }

  /** A new image was opened. @param {LabelDocument} document */
  begin(document) {
    this.ports.store.task.value?.cancel();
    this.proposed = this.suggestions.begin(document.map);
    this.showProposal();
    this.ports.editing.copies.clear();
    void this.pixels.close();
    this.clickAhead.begin();
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
    const { store } = this.ports;
    void store.classId.value;
    void store.classColors.value;
    void takesAway(store);
    this.showProposal();
  }

  /** Proposals have the colour of the class that they would become, or that of removal. */
  showProposal() {
    const { store, display } = this.ports;
    const own = store.classColors.peek().get(store.classId.peek() ?? -1) ?? NO_CLASS_COLOR;
    const color = untracked(() => takesAway(store)) ? REMOVAL_COLOR : own;
    if (this.proposed) display.showPreview(this.proposed, rgb(color));
  }

  /** A tool that needs pixels, superpixels or a model's view of the image gets them as soon as it is chosen. */
  makeReady() {
    const { store } = this.ports;
    const { proposer } = TOOLS[store.toolName.value];
    void store.superpixelScale.value;
    if (!proposer || this.imageId.value === undefined) return;
    untracked(async () => {
      const image = store.image.value;
      if (image && proposer === "click") this.viewAhead.knows(image, this.seen);
      const isReady = await this.suggestions.prepare(proposer);
      if (isReady && proposer === "click") this.clickAhead.used();
    });
  }

  /** Where a large image is looked at closely, click-to-segment does so too. */
  followView() {
    const { store } = this.ports;
    const image = store.phase.value === "ready" && !store.isReadOnly.value ? store.image.value : null;
    const isClicking = TOOLS[store.toolName.value].proposer === "click" && !store.clickMarks.value.length;
    if (image && isClicking) this.viewAhead.moved(image, this.seen);
    else this.viewAhead.stop();
  }
}
