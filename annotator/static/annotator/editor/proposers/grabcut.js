/** @import {Api} from "../api.js" */
/** @import {Proposer} from "../suggestions.js" */
import { t } from "../i18n.js";

/** The object in a box, cut out by the server. @param {Api} api @returns {Proposer} */
export function grabcutProposer(api) {
  return {
    async ask({ box }, { image, tell }) {
      tell(t("The object is being cut out …"));
      const corners = [
        Math.max(box.x0, 0),
        Math.max(box.y0, 0),
        Math.min(box.x1, image.width),
        Math.min(box.y1, image.height),
      ];
      const response = await api.request("POST", `/images/${image.id}/grabcut`, { json: { box: corners, keep: null } });
      return { runs: (await response.json()).runs };
    },
  };
}
