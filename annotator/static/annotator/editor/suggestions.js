/** @import {ImageRecord, Intent, Request} from "./types.js" */
/** @import {Store} from "./store.js" */
/** @import {Editing} from "./editing.js" */
import { effect, untracked } from "@preact/signals-core";
import { ApiError, OfflineError } from "./api.js";
import { t } from "./i18n.js";
import { ProposalMap } from "./proposal_map.js";
import { areaOf } from "./runs.js";
import { leavesSelected } from "./target.js";
import { steppedTolerance } from "./tolerance.js";

/**
 * @typedef {object} Answer
 * @property {ArrayLike<number> | null} runs what would be painted; null while there is only a line
 * @property {[number, number][]} [path] a line in the making, image coordinates
 * @property {number | null} [score] how sure a model is, 0..1
 * @property {string} [note] why there is nothing to be painted
 *
 * @typedef {object} Asking
 * @property {ImageRecord} image
 * @property {() => boolean} isWanted false once another request came or the proposal was dismissed
 * @property {(text: string) => unknown} tell what takes time, for the status line
 *
 * @typedef {object} Proposer
 * @property {(asking: Asking) => Promise<void>} [prepare] what can be made ready before the first request
 * @property {(request: any, asking: Asking) => Promise<Answer | null>} ask null when it is no longer wanted; throws an
 *   Error whose message is for the user
 * @property {() => void} [forget] another image was opened: the workers let go of what they had of the one before
 *
 * @typedef {object} SuggestionPorts
 * @property {Store} store
 * @property {Editing} editing
 * @property {Record<Request["by"], Proposer>} proposers
 * @property {(points: [number, number][], isOpen: boolean) => void} showSketch
 * @property {(text: string) => void} refuse
 */

/** These show where the pointer is and are painted by a click; nobody has to accept them. */
const FLEETING = new Set(["superpixel"]);

/**
 * The proposal: what a wand, a model or superpixels would paint. It is shown over the labels and becomes one stroke
 * when it is accepted. Requests that come faster than answers are passed over, but for the last.
 */
export class Suggestions {
  /** @param {SuggestionPorts} ports */
  constructor(ports) {
    this.ports = ports;
    /** @type {ProposalMap | null} */
    this.picture = null;
    /** @type {Request | null} the newest; null after it was accepted or dismissed */
    this.current = null;
    /** @type {{request: Request, answer: Promise<Answer | null>} | null} */
    this.inFlight = null;
    this.isAnswering = false;
    /** Stops waiting for an answer that nobody wants any more. */
    this.moveOn = () => {};
    /** Preparations that go on. */
    this.preparing = 0;
    /** @type {{request: Request | null, answer: Answer} | null} what is shown */
    this.shown = null;
    /** @type {WeakSet<Request>} accepted before their answer came */
    this.accepted = new WeakSet();
    /** @type {Promise<void>} until all that was accepted is painted */
    this.painting = Promise.resolve();
    effect(() => this.followOptions());
  }

  /** A new image: nothing is proposed on it yet. @param {{width: number, height: number}} size */
  begin({ width, height }) {
    this.dismiss();
    for (const { forget } of Object.values(this.ports.proposers)) forget?.();
    this.picture = new ProposalMap(width, height);
    return this.picture.map;
  }

  /** @param {Intent} intent @returns {boolean} whether it was one for the proposal */
  apply(intent) {
    if (intent.kind === "suggest") this.suggest(intent.request);
    else if (intent.kind === "preview") this.preview(intent.runs);
    else if (intent.kind === "tolerance") this.changeTolerance(intent.value);
    else if (intent.kind === "accept") void this.accept(intent.label, intent.isInverted ?? false);
    else if (intent.kind === "dismiss") this.dismiss();
    else return false;
    return true;
  }

  /** The wand follows its options while its proposal is shown. */
  followOptions() {
    const { tolerance, isContiguous, samplePx, grainPixels } = this.ports.store;
    for (const option of [tolerance, isContiguous, samplePx, grainPixels]) void option.value;
    untracked(() => {
      if (this.current?.by === "wand") this.suggest({ ...this.current });
    });
  }

  /** @param {number} change of its square root */
  changeTolerance(change) {
    const { tolerance } = this.ports.store;
    tolerance.value = steppedTolerance(tolerance.value, change);
  }

  /** @param {Request["by"]} by @returns {Promise<boolean>} whether there was something to be made ready, and it worked */
  async prepare(by) {
    const { store, proposers } = this.ports;
    const image = store.image.value;
    const isWanted = () =>
      store.image.value?.id === image?.id && store.phase.value === "ready" && !store.isReadOnly.value;
    const { prepare } = proposers[by];
    if (!image || !prepare || !isWanted()) return false;
    this.preparing++;
    const isReady = await this.attempt(
      async () => {
        await prepare({ image, isWanted, tell: (text) => this.tell(by, text) });
        return true;
      },
      () => {},
    );
    this.preparing--;
    if (!this.current && !this.preparing) store.proposal.value = null;
    return isReady === true;
  }

  /** @param {Request} request */
  suggest(request) {
    const { editing, store } = this.ports;
    if (!editing.mayEdit()) return;
    if (this.inFlight && this.inFlight.request.by !== request.by) this.moveOn();
    this.current = request;
    store.isProposalInverted.value = "isInverted" in request && request.isInverted;
    if (request.by === "wand") store.clickMarks.value = request.seeds.length > 1 ? request.seeds : [];
    if (request.by === "click") store.clickMarks.value = request.points;
    if (request.by === "grabcut") store.clickMarks.value = request.marks;
    void this.answerAll();
  }

  /** Asks for the newest request until there is no newer one. */
  async answerAll() {
    if (this.isAnswering) return;
    this.isAnswering = true;
    /** @type {Request | null} */
    let last = null;
    while (this.current && this.current !== last) {
      last = this.current;
      const moved = new Promise((resolve) => {
        this.moveOn = () => resolve(null);
      });
      const answer = await Promise.race([this.ask(last), moved]);
      if (answer && this.current && this.current.by === last.by) this.show(last, answer);
    }
    this.isAnswering = false;
  }

  /** @param {Request} request @returns {Promise<Answer | null>} */
  async ask(request) {
    const { store, proposers } = this.ports;
    const image = store.image.value;
    if (!image) return null;
    const isWanted = () =>
      store.image.value?.id === image.id && (this.current === request || this.accepted.has(request));
    const tell = (/** @type {string} */ text) => isWanted() && this.tell(request.by, text);
    const answer = this.attempt(
      () => proposers[request.by].ask(request, { image, isWanted, tell }),
      () => this.current === request && this.dismiss(),
    );
    const mine = { request, answer };
    this.inFlight = mine;
    const found = await answer;
    if (this.inFlight === mine) this.inFlight = null;
    return store.image.value?.id === image.id ? found : null;
  }

  /** A proposal that is known already. @param {ArrayLike<number> | null} runs */
  preview(runs) {
    this.dismiss();
    if (runs) this.show(null, { runs });
  }

  /** @param {Request | null} request @param {Answer} answer */
  show(request, answer) {
    const { store, showSketch } = this.ports;
    this.shown = { request, answer };
    if (answer.path) showSketch(answer.path, true);
    void this.picture?.show(answer.runs ?? []);
    const by = request?.by ?? null;
    const pixels = answer.runs ? areaOf(answer.runs) : 0;
    const { score = null, note = "" } = answer;
    store.proposal.value = by && FLEETING.has(by) ? null : { by, pixels, score, message: note, since: null };
  }

  /** @param {Request["by"]} by @param {string} message */
  tell(by, message) {
    const { store } = this.ports;
    const { pixels = 0, since = null } = store.proposal.value ?? {};
    store.proposal.value = { by, pixels, score: null, message, since: since ?? performance.now() };
  }

  /**
   * Paints what is proposed, as one stroke. Waits for the answer where it is not there yet.
   * @param {string} label of the undo step
   * @param {boolean} isInverted taken away where outlines add, and the other way round
   */
  async accept(label, isInverted) {
    const { editing, refuse, store } = this.ports;
    const isNew = leavesSelected(store);
    const request = this.current;
    const { document } = editing;
    const known = this.shown && this.shown.request === request ? this.shown.answer : null;
    if (request) this.accepted.add(request);
    const pending = this.inFlight?.request === request ? this.inFlight?.answer : null;
    this.current = null;
    const answer = known ?? (request && (await (pending ?? this.ask(request)))) ?? null;
    const { runs = null } = answer ?? {};
    if (runs?.length) {
      await this.inTurn(async () => {
        if (document === editing.document) await editing.paint(label, runs, { isInverted, isNew });
      });
    } else if (answer && document === editing.document) {
      refuse(t("There is nothing to be painted there."));
    }
    if (!this.current) this.dismiss();
  }

  /** Cells may be clicked faster than they are painted. @param {() => Promise<void>} paint */
  inTurn(paint) {
    const painted = this.painting.then(paint);
    // A failure is told by the one that failed; those after it are painted all the same.
    this.painting = painted.catch(() => {});
    return painted;
  }

  dismiss() {
    const { store, showSketch } = this.ports;
    const hadPath = this.shown?.answer.path;
    this.moveOn();
    this.current = null;
    this.shown = null;
    this.picture?.clear();
    if (hadPath) showSketch([], true);
    if (store.proposal.peek()) store.proposal.value = null;
    store.isProposalInverted.value = false;
    if (store.clickMarks.peek().length) store.clickMarks.value = [];
  }

  /**
   * @template T
   * @param {() => Promise<T>} work
   * @param {() => unknown} onFailure
   * @returns {Promise<T | null>} null when it failed, which the user was told unless the image was closed
   */
  async attempt(work, onFailure) {
    const { refuse, store } = this.ports;
    const { picture } = this;
    const imageId = store.image.value?.id;
    try {
      return await work();
    } catch (error) {
      // What fails because its image was closed is nothing to tell on the next one.
      if (store.image.value?.id !== imageId || this.picture !== picture) return null;
      if (error instanceof OfflineError) refuse(t("The server cannot be reached: {reason}", { reason: error.message }));
      else if (error instanceof ApiError) refuse(String(error.problem.setup || error.message));
      else if (error instanceof Error) refuse(error.message);
      else throw error;
      onFailure();
      return null;
    }
  }
}
