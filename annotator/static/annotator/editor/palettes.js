/** @import {LabelClass} from "./types.js" */

/** Told apart with any kind of colour blindness: Okabe and Ito, "Color Universal Design", 2008; black left out. */
const OKABE_ITO = ["#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7", "#9a9aa5"];

/** Kelly, "Twenty-two colors of maximum contrast", 1965, without white and black. */
const KELLY = [
  ..."#f3c300 #875692 #f38400 #a1caf1 #be0032 #c2b280 #848482 #008856 #e68fac #0067a5".split(" "),
  ..."#f99379 #604e97 #f6a600 #b3446c #dcd300 #882d17 #8db600 #654522 #e25822 #2b3d26".split(" "),
];
const DARKER_PER_ROUND = 0.7;

/**
 * The colour of each class under a palette. Rounds after the first are darker, so that no two classes are alike.
 * @param {LabelClass[]} classes
 * @param {"project" | "distinct" | "colour-blind"} palette "project": as the project's settings say
 * @returns {Map<number, string>} `#rrggbb` by class id
 */
export function classColors(classes, palette) {
  if (palette === "project") return new Map(classes.map(({ id, color }) => [id, color]));
  const colors = palette === "distinct" ? KELLY : OKABE_ITO;
  return new Map(classes.map(({ id }, i) => [id, darker(colors[i % colors.length], Math.floor(i / colors.length))]));
}

/** @param {string} color @param {number} rounds */
function darker(color, rounds) {
  const factor = DARKER_PER_ROUND ** rounds;
  const channels = [1, 3, 5].map((at) => Math.round(Number.parseInt(color.slice(at, at + 2), 16) * factor));
  return `#${channels.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}
