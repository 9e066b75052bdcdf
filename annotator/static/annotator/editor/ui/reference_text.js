/** @import {Store} from "../store.js" */
import { t } from "../i18n.js";
import { revisionText } from "../revision_words.js";

/** What labels are compared with, in words. @param {Store} store @param {string} layer prediction or revision:N */
export function referenceText(store, layer) {
  if (layer === "prediction") return t("the prediction");
  const number = Number(layer.replace("revision:", ""));
  const row = store.revisions.value.find((one) => one.number === number);
  return row ? revisionText(row) : t("revision {number}", { number });
}
