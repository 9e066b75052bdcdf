/** @import {Store} from "../store.js" */
import { effect } from "@preact/signals-core";
import { byId, svg } from "./dom.js";

const RADIUS_CSS_PX = 5;

/** Where click-to-segment was told what belongs to the object (plus) and what does not (minus). @param {Store} store */
export function mountClickMarks(store) {
  const scene = svg("g");
  byId("overlay").append(scene);
  effect(() => {
    const { scale, x, y, ratio } = store.view.value;
    scene.replaceChildren(
      ...store.clickMarks.value.map((mark) =>
        sign(((mark.x + 0.5) * scale + x) / ratio, ((mark.y + 0.5) * scale + y) / ratio, mark.positive),
      ),
    );
  });
}

/** @param {number} x CSS pixels @param {number} y @param {boolean} isPositive */
function sign(x, y, isPositive) {
  const group = svg("g", { transform: `translate(${x} ${y})` });
  const arm = RADIUS_CSS_PX - 2;
  group.append(
    svg("circle", { r: RADIUS_CSS_PX, fill: isPositive ? "#1a7f37" : "#c4314b", stroke: "#fff", "stroke-width": 1.5 }),
    svg("path", {
      d: `M${-arm} 0H${arm}${isPositive ? `M0 ${-arm}V${arm}` : ""}`,
      stroke: "#fff",
      "stroke-width": 1.5,
    }),
  );
  return group;
}
