/** @import {Store} from "../store.js" */
import { effect } from "@preact/signals-core";
import { t } from "../i18n.js";
import { h } from "./dom.js";

export const NARROWEST_PX = 152;
export const WIDEST_PX = 560;
const STEP_PX = 16;

/**
 * The edge of the panel that is dragged, or moved with the arrow keys, to make it wider; a double click, or Delete,
 * gives it the width back that suits the window.
 * @param {Store} store @param {HTMLElement} panel at the right edge of the window
 */
export function panelResizer(store, panel) {
  const edge = h("div", {
    className: "resizer",
    role: "separator",
    tabIndex: 0,
    title: t("Drag to make the panel wider, double-click for the usual width"),
    aria: { orientation: "vertical", controls: panel.id, label: t("Width of the panel") },
  });
  const width = () => Math.round(panel.getBoundingClientRect().width);
  const resize = (/** @type {number} */ px) => {
    const most = Math.min(WIDEST_PX, Math.round(innerWidth / 2));
    store.panelPx.value = Math.round(Math.min(Math.max(px, NARROWEST_PX), most));
  };
  /** From the pointer to the edge, so that a press alone moves nothing. @type {number | null} */
  let grip = null;

  edge.addEventListener("pointerdown", (event) => {
    grip = innerWidth - event.clientX - width();
    edge.setPointerCapture(event.pointerId);
  });
  edge.addEventListener("pointermove", (event) => grip !== null && resize(innerWidth - event.clientX - grip));
  for (const type of ["pointerup", "pointercancel"]) edge.addEventListener(type, () => (grip = null));
  edge.addEventListener("dblclick", () => (store.panelPx.value = 0));
  edge.addEventListener("keydown", (event) => {
    const wanted = { ArrowLeft: width() + STEP_PX, ArrowRight: width() - STEP_PX, Home: NARROWEST_PX, End: WIDEST_PX };
    const px = wanted[/** @type {keyof typeof wanted} */ (event.key)];
    if (px !== undefined) resize(px);
    else if (event.key === "Delete") store.panelPx.value = 0;
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  effect(() => {
    const px = store.panelPx.value;
    panel.style.setProperty("--panel-px", px ? `${px}px` : "");
    edge.setAttribute("aria-valuemin", String(NARROWEST_PX));
    edge.setAttribute("aria-valuemax", String(WIDEST_PX));
    edge.setAttribute("aria-valuenow", String(px || width()));
  });
  return edge;
}
