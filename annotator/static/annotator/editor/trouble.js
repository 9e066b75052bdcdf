import { ApiError, OfflineError, ServerFault } from "./api.js";
import { t } from "./i18n.js";

/**
 * @typedef {object} Trouble Why a save did not get through.
 * @property {"offline" | "refused"} kind
 * @property {string} reason a sentence for people
 * @property {boolean} mayHeal whether the same save may be taken later
 * @property {boolean} isServers whether nobody but the server can mend it, so that waiting is all there is to do
 * @property {number} waitMs that the server asks for before the next try
 */

/** A claim runs out, a right is given back, a server has time again. */
const STATES_THAT_PASS = new Set([403, 408, 423, 425, 429]);
const TOO_MANY_REQUESTS = 429;
/** Its words tell of the server's log, which people who label do not read. */
const SERVER_ERROR = 500;

/** What a refusal means where the server, or what stands before it, gives no words of its own. */
const MEANINGS = /** @type {Record<number, () => string>} */ ({
  403: () => t("You may not change labels here any more."),
  413: () => t("These strokes are more than the server takes at once."),
  422: () => t("The server cannot read these strokes."),
  423: () => t("Somebody else is working on this image."),
  429: () => t("The server has too much to do just now."),
  500: () => t("The server met an error while it saved."),
  507: () => t("The server has no room left for labels."),
});

/** @param {unknown} error that a save ended with @returns {Trouble} */
export function troubleOf(error) {
  if (error instanceof ApiError || error instanceof ServerFault) {
    const { status } = error;
    return {
      kind: "refused",
      reason: reasonOf(status, error.problem),
      mayHeal: error instanceof ServerFault || STATES_THAT_PASS.has(status),
      isServers: error instanceof ServerFault || status === TOO_MANY_REQUESTS,
      waitMs: 1_000 * (Number(error.problem.retry_after_s) || 0),
    };
  }
  const reason = error instanceof Error ? error.message : String(error);
  const isOffline = error instanceof OfflineError;
  return { kind: isOffline ? "offline" : "refused", reason, mayHeal: isOffline, isServers: isOffline, waitMs: 0 };
}

/** @param {number} status @param {Record<string, any>} problem */
function reasonOf(status, problem) {
  const said = status === SERVER_ERROR ? "" : String(problem.detail ?? "");
  return said || MEANINGS[status]?.() || t("The server answered with error {status}.", { status });
}
