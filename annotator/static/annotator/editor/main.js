/** @import {EditorConfig, Intent} from "./types.js" */
/** @import {PanelName} from "./modes/mode.js" */
import { effect } from "@preact/signals-core";
import { Api } from "./api.js";
import { Comparison } from "./comparison.js";
import { Display } from "./display.js";
import { Drafts } from "./draft.js";
import { Editing } from "./editing.js";
import { createActions } from "./input/actions.js";
import { listenToKeys } from "./input/keyboard.js";
import { Pointers } from "./input/pointers.js";
import { annotate } from "./modes/annotate.js";
import { review } from "./modes/review.js";
import { Prefetch } from "./prefetch.js";
import { decodeImage } from "./renderer/renderer.js";
import { Session } from "./session.js";
import { createStore } from "./store.js";
import { classesPanel } from "./ui/classes.js";
import { commentsPanel } from "./ui/comments.js";
import { mountCurtain, mountLogin, mountReturn, mountShortcuts } from "./ui/dialogs.js";
import { byId } from "./ui/dom.js";
import { optionsPanel } from "./ui/options.js";
import { mountOverlay } from "./ui/overlay.js";
import { differencePanel, predictionPanel } from "./ui/prediction.js";
import { segmentsPanel } from "./ui/segments.js";
import { mountStatusBar } from "./ui/status.js";
import { mountToasts } from "./ui/toasts.js";
import { mountToolBar } from "./ui/toolbar.js";
import { mountTopBar } from "./ui/topbar.js";
import { pan } from "./view.js";
import { LabelWorker } from "./worker/client.js";

/** @type {EditorConfig} */
const config = JSON.parse(byId("editor-config").textContent ?? "");
const mode = config.mode === "review" ? review : annotate;
const store = createStore(config);
const canvas = /** @type {HTMLCanvasElement} */ (byId("canvas"));
const stage = byId("stage");

const logIn = mountLogin(store, () => api);
const api = new Api(config, logIn);
const worker = new LabelWorker();
const editing = new Editing(store, worker, (text) => session.toast(text));
const display = new Display(canvas, store);
const session = new Session({
  store,
  api,
  worker,
  editing,
  mode,
  drafts: new Drafts(config.user.name),
  prefetch: new Prefetch(api, decodeImage),
  show: (opened) => display.show(opened),
});
const comparison = new Comparison(store, api, worker, session);
display.comparison = comparison;

const overlay = mountOverlay(store);
const pointers = new Pointers(canvas, stage, store, (intents) => intents.forEach(act));
const actions = createActions({ store, session, comparison, mode, pointers });
const actionsByName = new Map(actions.map((action) => [action.name, action]));

/** @param {Intent} intent */
function act(intent) {
  const image = store.image.value;
  if (intent.kind === "pan" && image)
    store.view.value = pan(store.view.value, intent.dx, intent.dy, image.width, image.height);
  else if (intent.kind === "sketch") overlay.showSketch(intent.points);
  else if (intent.kind === "comment") store.draftPin.value = { x: intent.x, y: intent.y };
  else editing.apply(intent);
}

mountTopBar(store, actionsByName, mode);
mountToolBar(store, actionsByName, mode);
mountStatusBar(store, session);
mountToasts(store, session);
mountShortcuts(store, actions);
mountReturn(store, session);
mountCurtain(store, mode.whenEmpty);

const panel = byId("panel");
/** @type {Record<PanelName, () => HTMLElement>} */
const PANELS = {
  classes: () => classesPanel(store, actionsByName, session),
  segments: () => segmentsPanel(store, session),
  options: () => optionsPanel(store),
  prediction: () => predictionPanel(store, actionsByName),
  difference: () => differencePanel(store, actionsByName, comparison, mode.name === "review"),
  comments: () => commentsPanel(store, session, api),
};
panel.append(...mode.panels.map((name) => PANELS[name]()));
effect(() => {
  const isEmpty = store.phase.value === "empty";
  panel.hidden = isEmpty || !store.isPanelOpen.value;
  for (const id of ["tools", "edit", "zoom", "chrome"]) byId(id).hidden = isEmpty;
  document.body.dataset.phase = store.phase.value;
});

listenToKeys({ actions, pointers, stage, regions: [stage, byId("tools"), panel, byId("topbar")] });
window.addEventListener("online", () => void session.sync?.flush());
window.addEventListener("beforeunload", (event) => session.sync?.wouldLose && event.preventDefault());
window.addEventListener("pagehide", () => session.sync?.sendAndLeave());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden" && session.sync?.hasUnsaved) void session.sync.flush();
});
window.addEventListener("popstate", (event) => {
  const id = event.state?.image;
  if (id) void session.attempt(async () => session.open(await api.image(id)));
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
    get labelmap() {
      return session.document?.map ?? null;
    },
    get segments() {
      return session.document?.segments.list() ?? [];
    },
  }),
});
