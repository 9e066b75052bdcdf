/** @import {Store} from "../store.js" */
import { effect } from "@preact/signals-core";
import { byId, svg } from "./dom.js";

/** Dashed outlines of predicted segments that were not taken over. @param {Store} store */
export function mountUntaken(store) {
  const scene = svg("g", { class: "untaken" });
  byId("overlay").prepend(scene);
  effect(() => {
    const { scale, x, y, ratio } = store.view.value;
    scene.setAttribute("transform", `translate(${x / ratio} ${y / ratio}) scale(${scale / ratio})`);
  });
  effect(() => {
    const outlines = store.untaken.value?.outlines ?? [];
    const colors = store.classColors.value;
    scene.replaceChildren(
      ...outlines.flatMap(({ class: id, path }) => [
        svg("path", { d: path, class: "under" }),
        svg("path", { d: path, stroke: colors.get(id) ?? "#fff" }),
      ]),
    );
  });
}
