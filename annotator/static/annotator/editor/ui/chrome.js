/** @import {Action} from "../input/actions.js" */
/** @import {Api} from "../api.js" */
/** @import {Comparison} from "../comparison.js" */
/** @import {Mode, PanelName} from "../modes/mode.js" */
/** @import {Preferences} from "../input/preferences.js" */
/** @import {Finishing} from "../finishing.js" */
/** @import {Notices} from "../notices.js" */
/** @import {Session} from "../session.js" */
/** @import {Store} from "../store.js" */
import { effect } from "@preact/signals-core";
import { classesPanel } from "./classes.js";
import { commentsPanel } from "./comments.js";
import { mountConflict } from "./conflict_strip.js";
import { mountCurtain } from "./curtain.js";
import { differencePanel } from "./difference.js";
import { byId } from "./dom.js";
import { mountKeys } from "./keys_dialog.js";
import { lookPanel } from "./look.js";
import { mountMinimap } from "./minimap.js";
import { optionsPanel } from "./options.js";
import { predictionPanel } from "./prediction.js";
import { mountProposal } from "./proposal_strip.js";
import { mountRecovery } from "./recovery.js";
import { mountReturn } from "./return_dialog.js";
import { mountRulers } from "./rulers.js";
import { segmentsPanel } from "./segments.js";
import { mountStatusBar } from "./status.js";
import { mountToasts } from "./toasts.js";
import { mountToolBar } from "./toolbar.js";
import { mountTopBar } from "./topbar.js";

/** Narrower than this the panel is a drawer over the image, shut at first. */
const DRAWER_BELOW = "(max-width: 700px)";

/**
 * Everything around the image.
 * @param {{store: Store, actions: Action[], session: Session, finishing: Finishing, notices: Notices, api: Api, comparison: Comparison,
 *   mode: Mode, preferences: Preferences}} ports
 */
export function mountChrome({ store, actions, session, finishing, notices, api, comparison, mode, preferences }) {
  const byName = new Map(actions.map((action) => [action.name, action]));
  mountTopBar(store, byName, mode);
  mountToolBar(store, byName, mode);
  mountStatusBar(store, session);
  mountToasts(store, notices);
  mountMinimap(store);
  mountRulers(store);
  mountConflict(store);
  mountProposal(store, byName);
  mountRecovery(store);
  mountKeys(store, actions, preferences);
  mountReturn(store, finishing);
  mountCurtain(store, mode.whenEmpty);
  /** @type {Record<PanelName, () => HTMLElement>} */
  const panels = {
    classes: () => classesPanel(store, byName, session),
    segments: () => segmentsPanel(store, byName, session),
    options: () => optionsPanel(store, byName),
    look: () => lookPanel(store, byName),
    prediction: () => predictionPanel(store, byName),
    difference: () => differencePanel(store, byName, comparison, mode.name === "review"),
    comments: () => commentsPanel(store, notices, api),
  };
  byId("panel").append(...mode.panels.map((name) => panels[name]()));
  store.isPanelOpen.value = !matchMedia(DRAWER_BELOW).matches;
  effect(() => {
    const isEmpty = store.phase.value === "empty";
    byId("panel").hidden = isEmpty || !store.isPanelOpen.value;
    for (const id of ["tools", "edit", "zoom", "chrome"]) byId(id).hidden = isEmpty;
    document.body.dataset.phase = store.phase.value;
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
