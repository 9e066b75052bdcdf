/** @import {Tool} from "../types.js" */
import { brush } from "./brush.js";
import { comment } from "./comment.js";
import { eraser } from "./eraser.js";
import { fill } from "./fill.js";
import { pan } from "./pan.js";
import { picker } from "./picker.js";
import { polygon } from "./polygon.js";

/** All tools by name, in the order of the tool bar. @type {Record<string, Tool>} */
export const TOOLS = { brush, eraser, polygon, fill, picker, pan, comment };
