/** @import {Store} from "../store.js" */
import { computed, effect, signal } from "@preact/signals-core";
import { brushOutline, snapToBrush } from "../shapes.js";
import { TOOLS } from "../tools/registry.js";
import { byId, svg } from "./dom.js";

/** Device pixels per image pixel. */
const CORNERS_SHOW_FROM = 2;

/**
 * Outlines over the image, drawn in image pixels: the brush under the pointer and the polygon in the making.
 * @param {Store} store
 */
export function mountOverlay(store) {
  const layer = byId("overlay");
  const scene = svg("g");
  const brush = outline(scene);
  const sketch = outline(scene);
  const corner = svg("rect", { class: "corner" });
  scene.append(corner);
  layer.append(scene);
  const drawn = signal({ points: /** @type {[number, number][]} */ ([]), isOpen: false });
  const areCornersShown = computed(() => store.view.value.scale >= CORNERS_SHOW_FROM);
  effect(() => {
    const { scale, x, y, ratio } = store.view.value;
    scene.setAttribute("transform", `translate(${x / ratio} ${y / ratio}) scale(${scale / ratio})`);
  });
  effect(() => brush.shape(brushPath(store.brushPx.value, store.brushShape.value, areCornersShown.value)));
  effect(() => {
    const diameter = store.brushPx.value;
    const { x, y } = store.cursor.value;
    const isBrush = TOOLS[store.toolName.value].cursor === "brush" && !store.isReadOnly.value;
    brush.show(isBrush && store.pointer.value !== null);
    brush.move(snapToBrush(x, diameter), snapToBrush(y, diameter));
  });
  effect(() => {
    const { points: path, isOpen } = drawn.value;
    sketch.show(path.length > 0);
    corner.toggleAttribute("hidden", path.length === 0);
    if (!path.length) return;
    sketch.shape(`M${path.map((point) => point.join(" ")).join("L")}${path.length > 2 && !isOpen ? "Z" : ""}`);
    const side = (8 * store.view.value.ratio) / store.view.value.scale;
    for (const [name, value] of Object.entries({
      x: path[0][0] - side / 2,
      y: path[0][1] - side / 2,
      width: side,
      height: side,
    })) {
      corner.setAttribute(name, String(value));
    }
  });
  return {
    showSketch(/** @type {[number, number][]} */ points, isOpen = false) {
      drawn.value = { points, isOpen };
    },
  };
}

/**
 * Where pixels are too small to be told apart, a circle is the true outline to within one of them, and costs less than
 * thousands of corners.
 * @param {number} diameter image pixels
 * @param {"round" | "square"} shape
 * @param {boolean} areCornersShown
 */
function brushPath(diameter, shape, areCornersShown) {
  const r = diameter / 2;
  if (shape === "square") return `M${-r} ${-r}H${r}V${r}H${-r}Z`;
  if (areCornersShown) return brushOutline(diameter, shape);
  return `M${-r} 0A${r} ${r} 0 1 1 ${r} 0A${r} ${r} 0 1 1 ${-r} 0Z`;
}

/** A line that shows on light and dark images: white over a wider black one. @param {SVGElement} parent */
function outline(parent) {
  const group = svg("g");
  const lines = [svg("path", { class: "line dark" }), svg("path", { class: "line light" })];
  group.append(...lines);
  parent.append(group);
  return {
    shape: (/** @type {string} */ path) => lines.forEach((line) => line.setAttribute("d", path)),
    move: (/** @type {number} */ x, /** @type {number} */ y) => group.setAttribute("transform", `translate(${x} ${y})`),
    show: (/** @type {boolean} */ isShown) => group.toggleAttribute("hidden", !isShown),
  };
}
