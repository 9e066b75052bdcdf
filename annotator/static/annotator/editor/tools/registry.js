/** @import {Tool} from "../types.js" */
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

/** All tools by name, in the order of the tool bar. @type {Record<string, Tool>} */
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
