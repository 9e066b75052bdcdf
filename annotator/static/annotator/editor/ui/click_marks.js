/** @import {Store} from "../store.js" */
/** @import {ViewState} from "../types.js" */
import { effect } from "@preact/signals-core";
import { byId, svg } from "./dom.js";

const RADIUS_CSS_PX = 5;

const COLORS = { positive: "#1a7f37", negative: "#c4314b" };

/** Where a proposal was told what belongs to the object (plus) and what does not (minus). @param {Store} store */
export function mountClickMarks(store) {
  const scene = svg("g");
  byId("overlay").append(scene);
  effect(() => {
    const view = store.view.value;
    scene.replaceChildren(
      ...store.clickMarks.value.flatMap(({ x, y, positive, path, px }) => [
        ...(path && px ? [stroke(path, px, positive, view)] : []),
        sign(...onScreen([x + 0.5, y + 0.5], view), positive),
      ]),
    );
  });
}

/** @param {[number, number]} point image coordinates @param {ViewState} view @returns {[number, number]} CSS pixels */
function onScreen([px, py], { scale, x, y, ratio }) {
  return [(px * scale + x) / ratio, (py * scale + y) / ratio];
}

/**
 * @param {[number, number][]} path image coordinates
 * @param {number} px width in image pixels
 * @param {boolean} isPositive
 * @param {ViewState} view
 */
function stroke(path, px, isPositive, view) {
  const points = (path.length === 1 ? [path[0], path[0]] : path).map((point) => onScreen(point, view).join(" "));
  return svg("path", {
    d: `M${points.join("L")}`,
    fill: "none",
    stroke: isPositive ? COLORS.positive : COLORS.negative,
    "stroke-width": (px * view.scale) / view.ratio,
    "stroke-linecap": "round",
    "stroke-linejoin": "round",
    opacity: 0.8,
  });
}

/** @param {number} x CSS pixels @param {number} y @param {boolean} isPositive */
function sign(x, y, isPositive) {
  const group = svg("g", { transform: `translate(${x} ${y})` });
  const arm = RADIUS_CSS_PX - 2;
  group.append(
    svg("circle", {
      r: RADIUS_CSS_PX,
      fill: isPositive ? COLORS.positive : COLORS.negative,
      stroke: "#fff",
      "stroke-width": 1.5,
    }),
    svg("path", {
      d: `M${-arm} 0H${arm}${isPositive ? `M0 ${-arm}V${arm}` : ""}`,
      stroke: "#fff",
      "stroke-width": 1.5,
    }),
  );
  return group;
}
