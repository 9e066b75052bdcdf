/** @import {Session} from "../session.js" */
/** @import {Store} from "../store.js" */
import { effect } from "@preact/signals-core";
import { t } from "../i18n.js";
import { takesAway } from "../target.js";
import { TOOLS } from "../tools/registry.js";
import { byId } from "./dom.js";
import { scoreText } from "./segments.js";
import { targetText } from "./target_text.js";

/** @param {Store} store @param {Session} session */
export function mountStatusBar(store, session) {
  effect(() => {
    const at = store.pointer.value;
    byId("status-position").textContent = at ? `x ${at.x}  y ${at.y}` : "x –  y –";
  });
  effect(() => {
    void store.labelsVersion.value;
    const at = store.pointer.value;
    byId("status-segment").textContent = at ? segmentText(store, session, at) : "";
  });
  effect(() => {
    byId("status-brush").textContent = toolText(store);
    byId("status-hint").textContent =
      store.isPrediction.value && !store.isReadOnly.value
        ? t("Enter accepts the prediction · drawing on it accepts it too")
        : TOOLS[store.toolName.value].hint;
  });
  effect(() => {
    const target = store.classById.get(store.classId.value ?? -1);
    byId("status-target").textContent = targetText(store);
    byId("status-target").classList.toggle("takes", takesAway(store));
    byId("status-target").style.setProperty(
      "--class-color",
      store.classColors.value.get(target?.id ?? -1) ?? "transparent",
    );
  });
}

/** @param {Store} store */
function toolText(store) {
  const name = store.toolName.value;
  if (TOOLS[name].cursor === "brush") return t("brush {size} px", { size: store.brushPx.value });
  if (name === "wand") return t("tolerance {value}", { value: store.tolerance.value });
  return "";
}

/** @param {Store} store @param {Session} session @param {{x: number, y: number}} at */
function segmentText(store, session, { x, y }) {
  const { document } = session;
  const id = document?.map.get(x, y) ?? 0;
  const segment = document?.segments.get(id);
  if (!segment) return t("unlabelled");
  const entry = store.classById.get(segment.class);
  const score = typeof segment.score === "number" ? ` ${scoreText(segment.score)}` : "";
  return `${entry?.name ?? t("Class {id}", { id: segment.class })}${entry?.kind === "thing" ? ` #${id}` : ""}${score}`;
}
