/** @import {Api} from "../api.js" */
/** @import {ClickPoint, ImageRecord} from "../types.js" */
/** @import {Asking, Proposer} from "../suggestions.js" */
/** @import {Box} from "../shapes.js" */
import { t } from "../i18n.js";
import { whenMade } from "./job.js";

/**
 * @param {Api} api @param {ImageRecord} image @param {ClickPoint[]} points pixels of the image @param {Box | null} box
 * @param {Box | null} seen what is in view @param {number[]} alike pixels of objects of its kind
 * @returns {Promise<Response>} 202 while the server looks at the image
 */
const post = (api, image, points, box, seen, alike) =>
  api.request("POST", `/images/${image.id}/click-segment`, {
    json: {
      points: points.map(({ x, y, positive }) => ({ x: x + 0.5, y: y + 0.5, positive })),
      box: box && [
        Math.max(box.x0, 0),
        Math.max(box.y0, 0),
        Math.min(box.x1, image.width),
        Math.min(box.y1, image.height),
      ],
      seen: seen && [seen.x0, seen.y0, seen.x1, seen.y1],
      alike,
    },
  });

/** Begins to make an image ready for clicks, and waits for nothing. @param {Api} api @param {ImageRecord} image */
export function beginReadiness(api, image) {
  return post(api, image, [], null, null, []);
}

/**
 * Makes what is seen of an image ready for clicks.
 * @param {Api} api @param {ImageRecord} image @param {Box} seen @param {() => boolean} isWanted
 */
export function makeReady(api, image, seen, isWanted) {
  return whenMade(
    api,
    () => post(api, image, [], null, seen, []),
    isWanted,
    () => {},
  );
}

/**
 * The object under a click, by the server's model.
 * @param {Api} api
 * @param {{sizesAlike: () => number[], inView: () => Box | null}} context pixels of objects like the one that is meant;
 *   what is in view
 * @returns {Proposer}
 */
export function clickProposer(api, { sizesAlike, inView }) {
  /** @type {WeakMap<ClickPoint | Box, Box | null>} what was in view as a proposal began, by each of its marks */
  const seenWith = new WeakMap();
  /** @param {(ClickPoint | Box)[]} marks of a proposal, those of before among them */
  const seenBy = (marks) => {
    const known = marks.find((mark) => seenWith.has(mark));
    const seen = known ? (seenWith.get(known) ?? null) : inView();
    for (const mark of marks) seenWith.set(mark, seen);
    return seen;
  };
  /** @param {Asking} asking @param {ClickPoint[]} points @param {Box | null} box */
  const answer = ({ image, isWanted, tell }, points, box) => {
    const [seen, alike] = [seenBy(box ? [...points, box] : points), box ? [] : sizesAlike()];
    return whenMade(
      api,
      () => post(api, image, points, box, seen, alike),
      isWanted,
      () => tell(t("The image is being prepared for clicks …")),
    );
  };

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
