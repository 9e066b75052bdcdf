/** @import {Store} from "../store.js" */
import { effect } from "@preact/signals-core";
import { t } from "../i18n.js";
import { pan } from "../view.js";
import { byId, h } from "./dom.js";

const LONGEST_SIDE_CSS_PX = 132;
const STEP_OF_VIEW = 0.2;

/**
 * The whole image in a corner with the part in view as a frame: click, drag or arrow keys move it. It goes away while
 * all of the image is in view.
 * @param {Store} store
 */
export function mountMinimap(store) {
  const frame = h("span", { className: "frame" });
  const picture = h("img", { alt: "", draggable: false });
  const map = h(
    "div",
    {
      className: "minimap",
      tabIndex: 0,
      role: "application",
      aria: { label: t("Mini-map. Arrow keys move the view.") },
    },
    picture,
    frame,
  );
  byId("stage").parentElement?.append(map);
  effect(() => {
    const image = store.image.value;
    if (image) picture.src = `${store.config.urls.api}/images/${image.id}/thumbnail`;
  });
  effect(() => {
    const part = partInView(store);
    map.hidden = !part || !store.isMinimapOpen.value || store.phase.value !== "ready";
    const image = store.image.value;
    if (!part || !image) return;
    const scale = LONGEST_SIDE_CSS_PX / Math.max(image.width, image.height);
    map.style.width = `${Math.max(image.width * scale, 24)}px`;
    map.style.height = `${Math.max(image.height * scale, 24)}px`;
    for (const side of /** @type {const} */ (["left", "top", "width", "height"]))
      frame.style[side] = `${100 * part[side]}%`;
  });
  listen(store, map);
}

/** Shares of the image's width and height; null when all of it is in view. @param {Store} store */
function partInView(store) {
  const image = store.image.value;
  const { scale, x, y, width, height } = store.view.value;
  if (!image) return null;
  const [wide, high] = [image.width * scale, image.height * scale];
  const [left, top] = [Math.max(0, -x / wide), Math.max(0, -y / high)];
  const [right, bottom] = [Math.min(1, (width - x) / wide), Math.min(1, (height - y) / high)];
  const isWhole = left === 0 && top === 0 && right === 1 && bottom === 1;
  return isWhole ? null : { left, top, width: Math.max(0, right - left), height: Math.max(0, bottom - top) };
}

/** @param {Store} store @param {HTMLElement} map */
function listen(store, map) {
  const centreOn = (/** @type {PointerEvent} */ event) => {
    const box = map.getBoundingClientRect();
    const image = store.image.value;
    if (!image) return;
    const view = store.view.value;
    const at = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    const x = Math.round(view.width / 2 - at[0] * image.width * view.scale);
    const y = Math.round(view.height / 2 - at[1] * image.height * view.scale);
    store.view.value = pan({ ...view, x, y }, 0, 0, image.width, image.height);
  };
  // A click does not take the focus from the image.
  map.addEventListener("mousedown", (event) => event.preventDefault());
  map.addEventListener("pointerdown", (event) => {
    map.setPointerCapture(event.pointerId);
    centreOn(event);
  });
  map.addEventListener("pointermove", (event) => map.hasPointerCapture(event.pointerId) && centreOn(event));
  map.addEventListener("keydown", (event) => {
    const step = /** @type {Record<string, [number, number]>} */ ({
      ArrowLeft: [1, 0],
      ArrowRight: [-1, 0],
      ArrowUp: [0, 1],
      ArrowDown: [0, -1],
    })[event.key];
    const image = store.image.value;
    if (!step || !image) return;
    event.preventDefault();
    event.stopPropagation();
    const view = store.view.value;
    const [dx, dy] = [step[0] * view.width * STEP_OF_VIEW, step[1] * view.height * STEP_OF_VIEW];
    store.view.value = pan(view, dx, dy, image.width, image.height);
  });
}
