/** @import {Api} from "../api.js" */
/** @import {Runs} from "../runs.js" */
/** @import {StrokeMark} from "../types.js" */
/** @import {Proposer} from "../suggestions.js" */
import { t } from "../i18n.js";
import { subtractRuns, tidyRuns, uniteRuns } from "../runs.js";
import { capsuleRuns, snapToBrush } from "../shapes.js";

/** The object in a box, cut out by the server. @param {Api} api @returns {Proposer} */
export function grabcutProposer(api) {
  return {
    async ask({ box, marks }, { image, tell }) {
      tell(t("The object is being cut out …"));
      const corners = [
        Math.max(box.x0, 0),
        Math.max(box.y0, 0),
        Math.min(box.x1, image.width),
        Math.min(box.y1, image.height),
      ];
      const json = { box: corners, ...knownPixels(marks) };
      const response = await api.request("POST", `/images/${image.id}/grabcut`, { json });
      return { runs: (await response.json()).runs };
    },
  };
}

/**
 * Which pixels marks say to be of the object and not of it; where they lie on each other the later one counts.
 * @param {StrokeMark[]} marks
 * @returns {{keep: number[] | null, drop: number[] | null}} runs; null where nothing is said
 */
export function knownPixels(marks) {
  /** @type {Runs} */
  let keep = new Int32Array(0);
  /** @type {Runs} */
  let drop = new Int32Array(0);
  for (const mark of marks) {
    const pixels = pixelsOf(mark);
    keep = mark.positive ? uniteRuns(keep, pixels) : subtractRuns(keep, pixels);
    drop = mark.positive ? subtractRuns(drop, pixels) : uniteRuns(drop, pixels);
  }
  return { keep: keep.length ? [...keep] : null, drop: drop.length ? [...drop] : null };
}

/** @param {StrokeMark} mark @returns {Runs} */
function pixelsOf({ path, px }) {
  const points = path.map(([x, y]) => /** @type {[number, number]} */ ([snapToBrush(x, px), snapToBrush(y, px)]));
  return tidyRuns(points.flatMap((point, i) => capsuleRuns(points[Math.max(i - 1, 0)], point, px)));
}
