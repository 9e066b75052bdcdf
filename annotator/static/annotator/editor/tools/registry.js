/** @import {Tool} from "../types.js" */
import { t } from "../i18n.js";
import { assist } from "./assist.js";
import { brush } from "./brush.js";
import { comment } from "./comment.js";
import { ellipse } from "./ellipse.js";
import { eraser } from "./eraser.js";
import { fill } from "./fill.js";
import { grabcut } from "./grabcut.js";
import { knife } from "./knife.js";
import { livewire } from "./livewire.js";
import { pan } from "./pan.js";
import { picker } from "./picker.js";
import { polygon } from "./polygon.js";
import { rectangle } from "./rectangle.js";
import { superpixel } from "./superpixel.js";
import { wand } from "./wand.js";

/** All tools by name. @type {Record<string, Tool>} */
export const TOOLS = {
  brush,
  eraser,
  polygon,
  rectangle,
  ellipse,
  fill,
  wand,
  superpixel,
  livewire,
  assist,
  grabcut,
  knife,
  picker,
  pan,
  comment,
};

/**
 * How tools stand together in the tool bar. The modes say which group comes first.
 * @type {Record<"smart" | "paint" | "shape" | "look", {label: string, tools: string[]}>}
 */
export const TOOL_GROUPS = {
  smart: { label: t("Tools that find outlines"), tools: ["assist", "grabcut", "wand", "superpixel", "livewire"] },
  paint: { label: t("Tools that paint"), tools: ["brush", "eraser", "fill"] },
  shape: { label: t("Tools that draw shapes"), tools: ["polygon", "rectangle", "ellipse", "knife"] },
  look: { label: t("Tools that change no label"), tools: ["pan", "picker", "comment"] },
};
