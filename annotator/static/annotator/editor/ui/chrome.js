/** @import {Action} from "../input/actions.js" */
/** @import {Api} from "../api.js" */
/** @import {Comparison} from "../comparison.js" */
/** @import {Mode, PanelName} from "../modes/mode.js" */
/** @import {PredictionHelp} from "../prediction_help.js" */
/** @import {Preferences} from "../input/preferences.js" */
/** @import {Finishing} from "../finishing.js" */
/** @import {Notices} from "../notices.js" */
/** @import {Session} from "../session.js" */
/** @import {Store} from "../store.js" */
import { effect } from "@preact/signals-core";
import { mountClassChip } from "./class_chip.js";
import { classesPanel } from "./classes.js";
import { commentsPanel } from "./comments.js";
import { mountChips } from "./chips.js";
import { mountConflict } from "./conflict_strip.js";
import { mountCurtain } from "./curtain.js";
import { differencePanel } from "./difference.js";
import { mountDifference } from "./difference_strip.js";
import { byId, h, show } from "./dom.js";
import { mountEmpty } from "./empty_dialog.js";
import { mountKeys } from "./keys_dialog.js";
import { lookPanel } from "./look.js";
import { mountMinimap } from "./minimap.js";
import { optionsPanel } from "./options.js";
import { panelResizer } from "./panel_resizer.js";
import { predictionPanel } from "./prediction.js";
import { mountProposal } from "./proposal_strip.js";
import { mountRecovery } from "./recovery.js";
import { mountRefusal } from "./refusal_strip.js";
import { mountReturn } from "./return_dialog.js";
import { mountRulers } from "./rulers.js";
import { segmentsPanel } from "./segments.js";
import { mountStatusBar } from "./status.js";
import { mountToasts } from "./toasts.js";
import { mountToolBar } from "./toolbar.js";
import { mountTopBar } from "./topbar.js";
import { mountUntaken } from "./untaken_outlines.js";

/** Narrower than this the panel is a drawer over the image, shut at first. */
const DRAWER_BELOW = "(max-width: 700px)";

/**
 * Everything around the image.
 * @param {{store: Store, actions: Action[], session: Session, finishing: Finishing, notices: Notices, api: Api, comparison: Comparison,
 *   mode: Mode, preferences: Preferences, predictionHelp: PredictionHelp}} ports
 */
export function mountChrome(ports) {
  const { store, actions, session, finishing, notices, api, comparison, mode, preferences, predictionHelp } = ports;
  const byName = new Map(actions.map((action) => [action.name, action]));
  mountTopBar(store, byName, mode);
  mountToolBar(store, byName, mode);
  mountStatusBar(store, session);
  mountToasts(store, notices);
  mountMinimap(store);
  mountRulers(store);
  mountRefusal(store, () => void session.save());
  mountConflict(store, byName);
  mountDifference(store, byName);
  mountClassChip(store);
  mountProposal(store, byName);
  mountRecovery(store);
  mountChips(store, session, predictionHelp);
  mountUntaken(store);
  mountKeys(store, actions, preferences);
  mountReturn(store, finishing);
  mountEmpty(store, finishing);
  mountCurtain(store, mode.whenEmpty);
  /** @type {Record<PanelName, () => HTMLElement>} */
  const panels = {
    classes: () => classesPanel(store, byName, session),
    segments: () => segmentsPanel(store, byName, session),
    look: () => lookPanel(store, byName),
    prediction: () => predictionPanel(store, byName),
    difference: () => differencePanel(store, byName, comparison, mode.name === "review"),
    comments: () => commentsPanel(store, notices, api),
  };
  const panel = byId("panel");
  const sections = h("div", { className: "sections" }, ...mode.panels.map((name) => panels[name]()));
  panel.append(panelResizer(store, panel), sections, optionsPanel(store, byName));
  store.isPanelOpen.value = !matchMedia(DRAWER_BELOW).matches;
  effect(() => {
    const isEmpty = store.phase.value === "empty";
    show(panel, !isEmpty && store.isPanelOpen.value);
    for (const id of ["tools", "edit", "zoom", "chrome"]) byId(id).hidden = isEmpty;
    const isComing = store.phase.value === "ready" && !store.isDrawn.value;
    document.body.dataset.phase = isComing ? "loading" : store.phase.value;
  });
  forgetWithImage(store);
}

/** Locks, hidden segments and the like belong to one image. @param {Store} store */
function forgetWithImage(store) {
  let shown = store.image.peek()?.id;
  effect(() => {
    const id = store.image.value?.id;
    if (id === shown) return;
    shown = id;
    store.selectedSegments.value = new Set();
    store.lockedSegments.value = new Set();
    store.hiddenSegments.value = new Set();
    if (store.isolated.value?.kind === "segment") store.isolated.value = null;
  });
}
