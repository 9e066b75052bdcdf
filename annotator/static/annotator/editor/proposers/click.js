/** @import {Api} from "../api.js" */
/** @import {ClickPoint} from "../types.js" */
/** @import {Asking, Proposer} from "../suggestions.js" */
/** @import {Box} from "../shapes.js" */
import { t } from "../i18n.js";
import { whenMade } from "./job.js";

/** The object under a click, by the server's model. @param {Api} api @returns {Proposer} */
export function clickProposer(api) {
  /** @param {Asking} asking @param {ClickPoint[]} points @param {Box | null} box */
  const post = ({ image, isWanted, tell }, points, box) =>
    whenMade(
      api,
      () =>
        api.request("POST", `/images/${image.id}/click-segment`, {
          json: {
            points: points.filter(({ x, y }) => x >= 0 && y >= 0 && x < image.width && y < image.height),
            box: box && [
              Math.max(box.x0, 0),
              Math.max(box.y0, 0),
              Math.min(box.x1, image.width),
              Math.min(box.y1, image.height),
            ],
          },
        }),
      isWanted,
      () => tell(t("The image is being prepared for clicks …")),
    );

  return {
    /** Without points the server only makes the image ready; where no weights are set up it says how to get them. */
    async prepare(asking) {
      await post(asking, [], null);
    },
    async ask({ points, box }, asking) {
      const response = await post(asking, points, box);
      if (!response) return null;
      const { runs, score } = await response.json();
      return { runs, score };
    },
  };
}
