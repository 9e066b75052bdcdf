/** @import {Store} from "../store.js" */
import { effect, signal } from "@preact/signals-core";
import { brushOutline, snapToBrush } from "../shapes.js";
import { TOOLS } from "../tools/registry.js";
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
  const points = signal(/** @type {[number, number][]} */ ([]));
  effect(() => {
    const { scale, x, y, ratio } = store.view.value;
    scene.setAttribute("transform", `translate(${x / ratio} ${y / ratio}) scale(${scale / ratio})`);
  });
  effect(() => brush.shape(brushOutline(store.brushPx.value)));
  effect(() => {
    const diameter = store.brushPx.value;
    const { x, y } = store.cursor.value;
    const isBrush = TOOLS[store.toolName.value].cursor === "brush" && !store.isReadOnly.value;
    brush.show(isBrush && store.pointer.value !== null);
    brush.move(snapToBrush(x, diameter), snapToBrush(y, diameter));
  });
  effect(() => {
    const path = points.value;
    sketch.show(path.length > 0);
    corner.toggleAttribute("hidden", path.length === 0);
    if (!path.length) return;
    sketch.shape(`M${path.map((point) => point.join(" ")).join("L")}${path.length > 2 ? "Z" : ""}`);
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
  return { showSketch: (/** @type {[number, number][]} */ path) => (points.value = path) };
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
