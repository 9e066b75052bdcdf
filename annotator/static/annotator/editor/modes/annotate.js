/** @import {Mode} from "./mode.js" */

/** @type {Mode} */
export const annotate = {
  name: "annotate",
  purpose: "annotate",
  queueStates: ["returned", "prelabelled", "new"],
  tools: ["brush", "eraser", "polygon", "fill", "picker", "pan"],
  panels: ["comments", "prediction", "difference", "classes", "segments", "options"],
  finish: [{ action: "submit", icon: "send", label: "Submit", isPrimary: true }],
  whenEmpty: {
    title: "Nothing left to label",
    text: "Every image of this project is labelled or in somebody's hands. New images and returned ones will appear here.",
  },
  urlOf: (urls, id) => urls.editor_of_image.replace("{id}", String(id)),
};
