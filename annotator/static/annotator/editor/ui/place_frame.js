/** @import {Box} from "../places.js" */
/** @import {Store} from "../store.js" */
import { effect } from "@preact/signals-core";
import { byId, h } from "./dom.js";

/** A frame around a place of the image. @param {Store} store @param {() => Box | null} boxOf null for none */
export function mountPlaceFrame(store, boxOf) {
  const frame = h("div", { className: "place-frame" });
  byId("stage").parentElement?.append(frame);
  effect(() => {
    const box = boxOf();
    frame.hidden = !box;
    if (!box) return;
    const { scale, x, y, ratio } = store.view.value;
    const css = (/** @type {number} */ value, /** @type {number} */ offset) => `${(value * scale + offset) / ratio}px`;
    frame.style.left = css(box.x0, x);
    frame.style.top = css(box.y0, y);
    frame.style.width = css(box.x1 - box.x0, 0);
    frame.style.height = css(box.y1 - box.y0, 0);
  });
}
