/** @import {Action} from "./actions.js" */
/** @import {Store} from "../store.js" */
import { t } from "../i18n.js";

/**
 * Why an action cannot be done now: a key that does nothing has to say so.
 * @param {Store} store @param {Pick<Action, "label" | "whyNot">} action
 */
export function reasonNot(store, { label, whyNot }) {
  if (store.phase.value !== "ready") return t("{action}: no image is open yet.", { action: label });
  const reason = whyNot?.() || readOnlyReason(store);
  if (reason) return t("{action}: {reason}", { action: label, reason });
  return t("{action} cannot be done now.", { action: label });
}

/** @param {Store} store @returns {string} why the open image may not be changed; empty where it may */
export function readOnlyReason({ image, isReadOnly }) {
  if (!isReadOnly.value) return "";
  return image.value?.read_only_reason || t("This image is read-only for you.");
}
