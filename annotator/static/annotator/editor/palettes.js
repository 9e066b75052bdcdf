/** @import {LabelClass} from "./types.js" */
import { HATCHES } from "./renderer/palette.js";

/**
 * Okabe and Ito, "Color Universal Design", 2008, without black; then colours that stay apart from all before them for
 * every kind of sight, as scripts/class_colours.py finds them.
 */
export const CLASS_COLORS = [
  ..."#e69f00 #56b4e9 #009e73 #f0e442 #0072b2 #d55e00 #cc79a7 #d0e0c8 #705060 #983820".split(" "),
  ..."#08f0f8 #98d080 #606850 #c0a0a0 #c80890 #a868f8 #a06880 #f0a8c8 #709048 #f07080".split(" "),
  ..."#586080 #c04008 #b8c0a0 #a820f8 #787040 #c820c0 #a0a858 #b078c0 #188868 #d8e0b0".split(" "),
  ..."#a0f080 #f880c8 #609098 #f8c0e8 #70d050 #d8b8b8 #804838 #b05860 #f84098 #d08828".split(" "),
  ..."#40a8b0 #a01070 #f0d0d8 #8800c0 #e830e0 #88c8f8 #9850a0 #c86870 #80a888 #80b0d0".split(" "),
  ..."#507070 #306050 #989860 #981090 #a84828 #508080 #988028 #c0b088 #b87090 #50c0a8".split(" "),
];

/** Kelly, "Twenty-two colors of maximum contrast", 1965, without white, black, and its darkest. */
const KELLY = [
  ..."#f3c300 #875692 #f38400 #a1caf1 #be0032 #c2b280 #848482 #008856 #e68fac #0067a5".split(" "),
  ..."#f99379 #604e97 #f6a600 #b3446c #dcd300 #882d17 #8db600 #654522 #e25822".split(" "),
];

/** plain: so many classes are told apart at a glance by colour alone; those after them carry a hatch too. */
const PALETTES = {
  distinct: { colors: KELLY, plain: KELLY.length },
  "colour-blind": { colors: CLASS_COLORS, plain: 8 },
};

/** Of segments whose class the project does not have: a grey, which no class has. */
export const NO_CLASS_COLOR = "#8a8a8a";

/** @typedef {"project" | "distinct" | "colour-blind"} PaletteName "project": as the project's settings say */

/**
 * The colour of each class under a palette. Where there are more classes than colours, the hatch tells them apart.
 * @param {LabelClass[]} classes @param {PaletteName} palette
 * @returns {Map<number, string>} `#rrggbb` by class id
 */
export function classColors(classes, palette) {
  if (palette === "project") return new Map(classes.map(({ id, color }) => [id, color]));
  const { colors } = PALETTES[palette];
  return new Map(classes.map(({ id }, i) => [id, colors[i % colors.length]]));
}

/**
 * The hatch of each class: of all where the user wants them, else of those that colour alone does not tell apart.
 * @param {LabelClass[]} classes @param {PaletteName} palette @param {boolean} areAllHatched
 * @returns {Map<number, number>} 1 to HATCHES by class id; classes without one are missing
 */
export function classHatches(classes, palette, areAllHatched) {
  const plain = areAllHatched ? 0 : palette === "project" ? classes.length : PALETTES[palette].plain;
  return new Map(classes.slice(plain).map(({ id }, i) => [id, 1 + (i % HATCHES)]));
}
