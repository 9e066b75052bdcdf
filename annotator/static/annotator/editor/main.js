/** @import {EditorConfig, Intent} from "./types.js" */
import { Api } from "./api.js";
import { Choices } from "./choices.js";
import { Assistance } from "./assistance.js";
import { Comparison } from "./comparison.js";
import { Delivery } from "./delivery.js";
import { Display } from "./display.js";
import { Drafts } from "./draft.js";
import { Editing } from "./editing.js";
import { Finishing } from "./finishing.js";
import { t } from "./i18n.js";
import { createActions } from "./input/actions.js";
import { keepInHand } from "./input/in_hand.js";
import { listenToKeys } from "./input/keyboard.js";
import { reasonNot } from "./input/reasons.js";
import { Pointers } from "./input/pointers.js";
import { followPreferences, Preferences, preferencesOf } from "./input/preferences.js";
import { annotate } from "./modes/annotate.js";
import { review } from "./modes/review.js";
import { Notices, SERVER } from "./notices.js";
import { Prefetch } from "./prefetch.js";
import { Picture } from "./picture.js";
import { Session } from "./session.js";
import { createStore } from "./store.js";
import { mountChrome } from "./ui/chrome.js";
import { byId } from "./ui/dom.js";
import { mountLogin } from "./ui/login.js";
import { mountClickMarks } from "./ui/click_marks.js";
import { mountOverlay } from "./ui/overlay.js";
import { Unseen } from "./unseen.js";
import { centred, pan } from "./view.js";
import { LabelWorker } from "./worker/client.js";
import { createPictureWorker } from "./worker/picture_client.js";

/** @type {EditorConfig} */
const config = JSON.parse(byId("editor-config").textContent ?? "");
const mode = config.mode === "review" ? review : annotate;
const store = createStore(config);
keepInHand(store, mode, localStorage);
const canvas = /** @type {HTMLCanvasElement} */ (byId("canvas"));
const stage = byId("stage");

const logIn = mountLogin(store);
const api = new Api(config, logIn);
const worker = new LabelWorker();
const notices = new Notices(store);
api.onAnswer = () => notices.clear(SERVER);
const editing = new Editing(
  store,
  (text, action) => notices.tell(text, "info", action, "refusal"),
  new Unseen(store, (text) => notices.tell(text, "info", undefined, "unseen")),
);
const display = new Display(
  canvas,
  store,
  (imageId) => api.uncertainty(imageId),
  (work) => notices.attempt(work),
  () =>
    notices.tell(
      t("The browser stopped drawing the picture. Every stroke is kept, also when the page is loaded again."),
      "error",
      { label: t("Load the page again"), run: () => location.reload() },
    ),
);
const pictureWorker = createPictureWorker();
const prefetch = new Prefetch(
  api,
  worker,
  async (image) => {
    const ports = { api, worker: pictureWorker, tell: notices.tell.bind(notices) };
    const [picture] = await Promise.all([Picture.open(image, ports), display.renderer.ready]);
    return picture;
  },
  {
    prepare: (picture) => {
      display.prepare(picture);
      assistance.clickAhead.comes(picture.image);
    },
    close: (picture) => picture.close(),
  },
);
const delivery = new Delivery(api, (waiting) => {
  store.deliveries.value = waiting;
});
const drafts = new Drafts(config.user.name);
const session = new Session({
  store,
  api,
  worker,
  editing,
  mode,
  drafts,
  notices,
  choices: new Choices(store, api, drafts, notices),
  prefetch,
  delivery,
  endGesture: () => pointers.endGesture(),
  show: (opened) => {
    display.show(opened);
    assistance.begin(opened.document);
  },
});
const finishing = new Finishing(session);
const comparison = new Comparison(store, api, session, notices);
display.comparison = comparison;

const overlay = mountOverlay(store);
mountClickMarks(store);
const assistance = new Assistance({
  store,
  api,
  editing,
  display,
  comparison,
  notices,
  showSketch: (points, isOpen) => overlay.showSketch(points, isOpen),
  endProposal: () => void pointers.key("Escape"),
});
const { segmentEdits, predictionHelp } = assistance;
const pointers = new Pointers(canvas, stage, store, (intents) => intents.forEach(act));
const preferences = new Preferences(config.user.name, localStorage, preferencesOf(api), (error) => {
  notices.tell(t("Your settings were kept in this browser only: {reason}", { reason: error.message }), "error");
});
const actions = createActions({
  store,
  session,
  finishing,
  comparison,
  mode,
  pointers,
  act,
  preferences,
  segmentEdits,
  predictionHelp,
});

/** @param {Intent} intent */
function act(intent) {
  const image = store.image.value;
  if (intent.kind === "pan" && image)
    store.view.value = pan(store.view.value, intent.dx, intent.dy, image.width, image.height);
  else if (intent.kind === "centre" && image)
    store.view.value = centred(store.view.value, intent.x, intent.y, image.width, image.height);
  else if (intent.kind === "sketch") overlay.showSketch(intent.points, intent.isOpen, intent.isInverted);
  else if (intent.kind === "handles") overlay.showHandles(intent);
  else if (intent.kind === "comment") store.draftPin.value = { x: intent.x, y: intent.y };
  else if (!assistance.apply(intent)) editing.apply(intent);
}

mountChrome({ store, actions, session, finishing, notices, api, comparison, mode, preferences, predictionHelp });
followPreferences(store, preferences);
void preferences.load();

listenToKeys({
  actions,
  pointers,
  stage,
  regions: [stage, byId("tools"), byId("panel"), byId("topbar")],
  refuse: (action) => notices.tell(reasonNot(store, action), "info", undefined, "refusal"),
});
window.addEventListener("online", () => void session.sync?.flush());
window.addEventListener("beforeunload", (event) => {
  if (session.sync?.wouldLose || delivery.wouldLose) event.preventDefault();
});
window.addEventListener("pagehide", () => prefetch.release());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "hidden") return;
  pointers.finishStroke();
  if (session.sync?.hasUnsaved) void session.sync.flush();
});
window.addEventListener("popstate", (event) => {
  const id = event.state?.image;
  if (id) void notices.attempt(async () => session.open(await api.image(id)));
});

const ready = config.image ? session.open(config.image, "replace") : session.next();

/**
 * For browser tests and the curious: the live store and the open label map. To be read; writing to them goes around
 * history and saving.
 */
Object.defineProperty(window, "maskloop", {
  value: Object.freeze({
    store,
    ready,
    renderer: display.renderer.backend,
    get isDrawn() {
      return display.isComplete;
    },
    get labelmap() {
      return session.document?.map ?? null;
    },
    get segments() {
      return session.document?.segments.list() ?? [];
    },
    get history() {
      return session.document?.history ?? null;
    },
    get isStepping() {
      return Boolean(session.document?.stepping);
    },
    get sync() {
      return session.sync;
    },
    get isNextReady() {
      return prefetch.loaded !== null;
    },
  }),
});
