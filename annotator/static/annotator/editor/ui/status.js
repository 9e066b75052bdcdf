/** @import {Session} from "../session.js" */
/** @import {Store} from "../store.js" */
import { effect } from "@preact/signals-core";
import { TOOLS } from "../tools/registry.js";
import { byId } from "./dom.js";
import { scoreText } from "./segments.js";

/** @param {Store} store @param {Session} session */
export function mountStatusBar(store, session) {
  effect(() => {
    const at = store.pointer.value;
    byId("status-position").textContent = at ? `x ${at.x}  y ${at.y}` : "";
  });
  effect(() => {
    void store.labelsVersion.value;
    const at = store.pointer.value;
    byId("status-segment").textContent = at ? segmentText(store, session, at) : "";
  });
  effect(() => {
    const tool = TOOLS[store.toolName.value];
    const isBrush = tool.cursor === "brush";
    byId("status-brush").textContent = isBrush ? `brush ${store.brushPx.value} px` : "";
    byId("status-hint").textContent =
      store.isPrediction.value && !store.isReadOnly.value
        ? "Enter accepts the prediction · drawing on it accepts it too"
        : tool.hint;
  });
  effect(() => {
    const target = store.classById.get(store.classId.value ?? -1);
    const id = store.segmentId.value;
    const object = target?.kind !== "thing" ? "" : id === null ? " · new object" : ` #${id}`;
    byId("status-target").textContent = target ? `${target.name}${object}` : "";
    byId("status-target").style.setProperty("--class-color", target?.color ?? "transparent");
  });
}

/** @param {Store} store @param {Session} session @param {{x: number, y: number}} at */
function segmentText(store, session, { x, y }) {
  const { document } = session;
  const id = document?.map.get(x, y) ?? 0;
  const segment = document?.segments.get(id);
  if (!segment) return "unlabelled";
  const entry = store.classById.get(segment.class);
  const score = typeof segment.score === "number" ? ` ${scoreText(segment.score)}` : "";
  return `${entry?.name ?? `class ${segment.class}`}${entry?.kind === "thing" ? ` #${id}` : ""}${score}`;
}
