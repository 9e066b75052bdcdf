/** @import {Mode} from "./mode.js" */

/** @type {Mode} */
export const review = {
  name: "review",
  purpose: "review",
  queueStates: ["submitted"],
  tools: ["pan", "comment", "picker", "brush", "eraser", "polygon", "fill"],
  panels: ["difference", "comments", "classes", "segments", "options"],
  finish: [
    { action: "return", icon: "corner-up-left", label: "Return" },
    { action: "accept", icon: "check", label: "Accept", labelWithStrokes: "Accept with corrections", isPrimary: true },
  ],
  whenEmpty: {
    title: "Nothing to review",
    text: "No submitted image is waiting. As soon as someone submits one, it appears here.",
  },
  urlOf: (urls, id) => urls.review_of_image.replace("{id}", String(id)),
};
