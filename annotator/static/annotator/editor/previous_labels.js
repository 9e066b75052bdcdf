/** @import {Api} from "./api.js" */
/** @import {Editing} from "./editing.js" */
/** @import {Entry} from "./history.js" */
/** @import {Notices} from "./notices.js" */
/** @import {Store} from "./store.js" */
import { effect, untracked } from "@preact/signals-core";
import { t, tn } from "./i18n.js";
import { takeOver } from "./takeover.js";
import { overwritable } from "./write_mode.js";

/** Name of the layer in the worker. */
const PREVIOUS = "previous image";
/** Source of notices. */
const COPIED = "copied";

/** The labels of the image before this one, as a start. */
export class PreviousLabels {
  /** @param {{store: Store, api: Api, notices: Notices, editing: Editing}} ports */
  constructor(ports) {
    this.ports = ports;
    /** @type {Entry | null} the step by which they were copied, while it is the last */
    this.copied = null;
    effect(() => this.followCopy());
  }

  /** Copies the labels of the image before this one to where nothing is labelled. */
  async copy() {
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
      const taken = await takeOver(this.ports, t("Copy from {name}", previous), document, {
        parts,
        segments: decoded.segments,
        tableOf: () => overwritable(document.segments, { ...editing.locks, isUnlabelledOnly: true }),
        rowOf: (segment) => ({ ...segment, source: "human", score: null, model: null }),
      });
      if (taken !== null) this.tellCopied(previous.name, taken);
    });
  }

  /** @param {string} name of the image before @param {number} taken segments that got pixels */
  tellCopied(name, taken) {
    const { notices, editing } = this.ports;
    if (!taken)
      return editing.refuse(
        t("Nothing was copied from {name}: labels are copied to unlabelled pixels only. Delete what is to give way.", {
          name,
        }),
      );
    const { document } = editing;
    this.copied = document?.history.done.at(-1) ?? null;
    notices.tell(
      tn(
        "{count} segment copied from {name} to where nothing was labelled.",
        "{count} segments copied from {name} to where nothing was labelled.",
        taken,
        { name },
      ),
      "info",
      { label: t("Undo"), run: () => document?.undo() },
      COPIED,
    );
  }

  /** The offer to undo a copy stands as long as that is what undo would take back. */
  followCopy() {
    const { store, editing, notices } = this.ports;
    void store.labelsVersion.value;
    if (!this.copied || editing.document?.history.done.at(-1) === this.copied) return;
    this.copied = null;
    untracked(() => notices.clear(COPIED));
  }
}
