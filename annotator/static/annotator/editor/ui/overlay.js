/** @import {Store} from "../store.js" */
import { computed, effect, signal } from "@preact/signals-core";
import { snapToBrush } from "../shapes.js";
import { takesAway } from "../target.js";
import { TOOLS } from "../tools/registry.js";
import { BrushOutline } from "./brush_outline.js";
import { byId, svg } from "./dom.js";

/** A brush that is smaller on the screen needs the system's cursor to be found. */
const SEEN_FROM_CSS_PX = 6;

/**
 * Outlines over the image, drawn in image pixels: the brush under the pointer and the polygon in the making.
 * @param {Store} store
 */
export function mountOverlay(store) {
  const layer = byId("overlay");
  const scene = svg("g");
  const brush = outline(scene);
  const sketch = outline(scene);
  layer.append(scene);
  mountMinus(store, layer);
  const drawn = signal({ points: /** @type {[number, number][]} */ ([]), isOpen: false, isInverted: false });
  const showHandles = mountHandles(store, scene);
  const brushLine = new BrushOutline();
  const isBrush = computed(() => TOOLS[store.toolName.value].cursor === "brush" && !store.isReadOnly.value);
  effect(() => {
    const { scale, x, y, ratio } = store.view.value;
    scene.setAttribute("transform", `translate(${x / ratio} ${y / ratio}) scale(${scale / ratio})`);
  });
  effect(() => {
    const isShown = isBrush.value && store.pointer.value !== null;
    const { scale, ratio } = store.view.value;
    const isSeen = isShown && (store.brushPx.value * scale) / ratio >= SEEN_FROM_CSS_PX;
    byId("stage").toggleAttribute("data-outline", isSeen);
    brush.show(isShown);
    if (!isShown) return;
    const diameter = store.brushPx.value;
    const { x, y } = store.cursor.value;
    const [middleX, middleY] = [snapToBrush(x, diameter), snapToBrush(y, diameter)];
    brush.shape(brushLine.path(diameter, store.brushShape.value, store.view.value, middleY));
    brush.move(middleX, middleY);
  });
  effect(() => {
    const { points: path, isOpen, isInverted } = drawn.value;
    sketch.mark(takesAway(store) !== isInverted);
    sketch.show(path.length > 0);
    if (!path.length) return;
    sketch.shape(`M${path.map((point) => point.join(" ")).join("L")}${path.length > 2 && !isOpen ? "Z" : ""}`);
  });
  return {
    /** @param {[number, number][]} points @param {boolean} [isOpen] @param {boolean} [isInverted] */
    showSketch(points, isOpen = false, isInverted = false) {
      drawn.value = { points, isOpen, isInverted };
    },
    showHandles,
  };
}

const HANDLE_CSS_PX = 7;
const HANDLE_UNDER_CSS_PX = 12;

/**
 * Corners of an outline in the making, which can be dragged.
 * @param {Store} store @param {SVGElement} scene
 */
function mountHandles(store, scene) {
  const group = svg("g");
  scene.append(group);
  const shown = signal(/** @type {Handles} */ ({ points: [], at: null, isEnd: false }));
  effect(() => {
    const { points, at, isEnd } = shown.value;
    const { ratio, scale } = store.view.value;
    group.replaceChildren(
      ...points.map(([x, y], i) => {
        const side = ((i === at ? HANDLE_UNDER_CSS_PX : HANDLE_CSS_PX) * ratio) / scale;
        const end = i === at && isEnd ? " end" : "";
        const box = { x: x - side / 2, y: y - side / 2, width: side, height: side };
        return svg("rect", { class: `handle${end}`, ...box });
      }),
    );
  });
  return (/** @type {Handles} */ handles) => (shown.value = handles);
}

/** @typedef {{points: [number, number][], at: number | null, isEnd: boolean}} Handles */

/** A minus beside the pointer while the tool in use takes away. @param {Store} store @param {HTMLElement} layer */
function mountMinus(store, layer) {
  const minus = outline(layer, "takes minus");
  minus.shape("M10 16H22");
  effect(() => {
    const isShown = takesAway(store) && store.pointer.value !== null && !store.isReadOnly.value;
    minus.show(isShown);
    if (!isShown) return;
    const { scale, x, y, ratio } = store.view.value;
    const at = store.cursor.value;
    minus.move((at.x * scale + x) / ratio, (at.y * scale + y) / ratio);
  });
}

/** A line that shows on light and dark images: white over a wider black one. @param {Element} parent @param {string} [look] */
function outline(parent, look = "") {
  const group = svg("g", { class: look });
  const lines = [svg("path", { class: "line dark" }), svg("path", { class: "line light" })];
  group.append(...lines);
  parent.append(group);
  let shown = "";
  return {
    shape(/** @type {string} */ path) {
      if (path === shown) return;
      shown = path;
      for (const line of lines) line.setAttribute("d", path);
    },
    move: (/** @type {number} */ x, /** @type {number} */ y) => group.setAttribute("transform", `translate(${x} ${y})`),
    mark: (/** @type {boolean} */ isTaking) => group.classList.toggle("takes", isTaking),
    show: (/** @type {boolean} */ isShown) => group.toggleAttribute("hidden", !isShown),
  };
}
