/** @import {Store} from "../store.js" */
import { t } from "../i18n.js";
import { beginsNew, takesAway } from "../target.js";

/** What the tool in use paints into, or takes away from; empty without a class. @param {Store} store */
export function targetText(store) {
  const target = store.classById.get(store.classId.value ?? -1);
  if (!target) return "";
  const id = store.segmentId.value;
  if (takesAway(store)) {
    const number = id !== null && target.kind === "thing" ? ` #${id}` : "";
    return t("takes away from {name}", { name: target.name + number });
  }
  if (target.kind === "stuff") return target.name;
  return beginsNew(store)
    ? t("new {name}", { name: target.name })
    : t("extends {name} #{id}", { name: target.name, id: Number(id) });
}
