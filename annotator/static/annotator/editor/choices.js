/** @import {Api} from "./api.js" */
/** @import {Contested} from "./conflict.js" */
/** @import {Conflict} from "./types.js" */
/** @import {Draft, Drafts} from "./draft.js" */
/** @import {LabelDocument} from "./document.js" */
/** @import {Notices} from "./notices.js" */
/** @import {Store} from "./store.js" */
/** @import {RevisionRow} from "./revision_words.js" */
/** @import {Sync} from "./sync.js" */
import { conflictOf } from "./conflict.js";
import { t } from "./i18n.js";

/** @typedef {{imageId: number, document: LabelDocument, sync: Sync}} Opened */

/** What only the user can decide: whose pixels stand, and what becomes of strokes that were left behind. */
export class Choices {
  /** @param {Store} store @param {Pick<Api, "revisions">} api @param {Drafts} drafts @param {Notices} notices */
  constructor(store, api, drafts, notices) {
    this.store = store;
    this.api = api;
    this.drafts = drafts;
    this.notices = notices;
    /** @type {(() => Conflict)[]} conflicts behind the one that is shown */
    this.waiting = [];
  }

  /** The image is closed: there is nothing left to choose. */
  forget() {
    this.waiting = [];
    this.store.conflict.value = null;
    this.store.recovery.value = null;
  }

  /**
   * Where both drew, the user chooses; elsewhere both stand, and nobody need hear of it.
   * @param {Opened} opened @param {Contested} contested @param {number} theirRevision
   */
  async tellMerge(opened, contested, theirRevision) {
    if (!contested.pixels.size) return;
    const row = await this.rowOf(opened.imageId, theirRevision);
    if (this.store.image.value?.id !== opened.imageId) return;
    const theirs = { author: row?.author ?? null, savedAt: row?.saved, revision: theirRevision };
    this.waiting.push(() => conflictOf(opened.document, contested, theirs, (left) => this.show(left)));
    if (!this.store.conflict.value) this.show(null);
  }

  /** @param {Conflict | null} conflict null for the next that waits */
  show(conflict) {
    const { shownLayer } = this.store;
    if (shownLayer.value === "theirs") shownLayer.value = "labels";
    this.store.conflict.value = conflict ?? this.waiting.shift()?.() ?? null;
    if (!this.store.conflict.value) this.notices.clear("finish");
  }

  /**
   * @param {number} imageId @param {number} revision
   * @returns {Promise<RevisionRow | null>} the revision, or the draft that took its place; null where it cannot be told
   */
  async rowOf(imageId, revision) {
    /** @type {RevisionRow | null} */
    let row = null;
    await this.notices.attempt(async () => {
      const later = (await this.api.revisions(imageId)).filter(({ number }) => number >= revision);
      row = later.sort((a, b) => a.number - b.number)[0] ?? null;
    });
    return row;
  }

  /**
   * Asks what shall become of strokes that a closed or crashed page left behind.
   * @param {Opened} opened
   */
  async offerDrafts(opened) {
    try {
      const found = await this.drafts.orphans(opened.imageId);
      if (!found.length || this.store.image.value?.id !== opened.imageId) return;
      this.store.recovery.value = {
        strokes: found.reduce((sum, { strokes }) => sum + strokes, 0),
        savedAt: new Date(Math.max(...found.map(({ savedAt }) => savedAt))).toISOString(),
        restore: () => this.restore(opened, found),
        discard: async () => {
          for (const draft of found) await draft.forget();
        },
      };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.notices.tell(t("Strokes kept in this browser could not be read: {reason}", { reason }), "error");
    }
  }

  /** @param {Opened} opened @param {Draft[]} found */
  async restore(opened, found) {
    const { sync } = opened;
    for (const draft of found) await this.tellMerge(opened, await sync.restore(draft), sync.revision);
  }
}
