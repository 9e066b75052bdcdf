/** @import {Api} from "../api.js" */
/** @import {ClickPoint, ImageRecord} from "../types.js" */
/** @import {Asking, Proposer} from "../suggestions.js" */
/** @import {Box} from "../shapes.js" */
import { t } from "../i18n.js";
import { whenMade } from "./job.js";

/**
 * @param {Api} api @param {ImageRecord} image @param {ClickPoint[]} points pixels of the image @param {Box | null} box
 * @param {number[]} alike pixels of objects of its kind
 * @returns {Promise<Response>} 202 while the server looks at the image
 */
const post = (api, image, points, box, alike) =>
  api.request("POST", `/images/${image.id}/click-segment`, {
    json: {
      points: points.map(({ x, y, positive }) => ({ x: x + 0.5, y: y + 0.5, positive })),
      box: box && [
        Math.max(box.x0, 0),
        Math.max(box.y0, 0),
        Math.min(box.x1, image.width),
        Math.min(box.y1, image.height),
      ],
      alike,
    },
  });

/** Begins to make an image ready for clicks, and waits for nothing. @param {Api} api @param {ImageRecord} image */
export function beginReadiness(api, image) {
  return post(api, image, [], null, []);
}

/**
 * The object under a click, by the server's model.
 * @param {Api} api @param {() => number[]} sizesAlike pixels of objects like the one that is meant
 * @returns {Proposer}
 */
export function clickProposer(api, sizesAlike) {
  /** @param {Asking} asking @param {ClickPoint[]} points @param {Box | null} box */
  const answer = ({ image, isWanted, tell }, points, box) =>
    whenMade(
      api,
      () => post(api, image, points, box, box ? [] : sizesAlike()),
      isWanted,
      () => tell(t("The image is being prepared for clicks …")),
    );

  return {
    /** Without points the server only makes the image ready; where no weights are set up it says how to get them. */
    async prepare(asking) {
      await answer(asking, [], null);
    },
    async ask({ points, box }, asking) {
      const { width, height } = asking.image;
      /** @type {ClickPoint[]} */
      const within = points.filter((/** @type {ClickPoint} */ { x, y }) => x >= 0 && y >= 0 && x < width && y < height);
      if (!box && !within.some(({ positive }) => positive))
        return { runs: [], note: t("So far only what does not belong was clicked. Click the object too.") };
      const response = await answer(asking, within, box);
      if (!response) return null;
      const { runs, score } = await response.json();
      return { runs, score };
    },
  };
}
