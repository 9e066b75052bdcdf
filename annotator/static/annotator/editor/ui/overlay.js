/** @import {Store} from "../store.js" */
import { computed, effect, signal } from "@preact/signals-core";
import { snapToBrush } from "../shapes.js";
import { TOOLS } from "../tools/registry.js";
import { BrushOutline } from "./brush_outline.js";
import { byId, svg } from "./dom.js";

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
  const brushLine = new BrushOutline();
  const isBrush = computed(() => TOOLS[store.toolName.value].cursor === "brush" && !store.isReadOnly.value);
  effect(() => {
    const { scale, x, y, ratio } = store.view.value;
    scene.setAttribute("transform", `translate(${x / ratio} ${y / ratio}) scale(${scale / ratio})`);
  });
  effect(() => {
    const isShown = isBrush.value && store.pointer.value !== null;
    brush.show(isShown);
    if (!isShown) return;
    const diameter = store.brushPx.value;
    const { x, y } = store.cursor.value;
    const [middleX, middleY] = [snapToBrush(x, diameter), snapToBrush(y, diameter)];
    brush.shape(brushLine.path(diameter, store.brushShape.value, store.view.value, middleY));
    brush.move(middleX, middleY);
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

/** A line that shows on light and dark images: white over a wider black one. @param {SVGElement} parent */
function outline(parent) {
  const group = svg("g");
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
    show: (/** @type {boolean} */ isShown) => group.toggleAttribute("hidden", !isShown),
  };
}
