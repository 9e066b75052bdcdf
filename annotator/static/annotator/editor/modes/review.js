/** @import {Mode} from "./mode.js" */
import { t } from "../i18n.js";

/** @type {Mode} */
export const review = {
  name: "review",
  purpose: "review",
  queueStates: ["submitted"],
  toolGroups: ["look", "paint", "smart", "shape"],
  panels: ["difference", "comments", "classes", "segments", "look"],
  finish: [
    { action: "return", icon: "corner-up-left", label: t("Return") },
    {
      action: "accept",
      icon: "check",
      label: t("Accept"),
      labelWithStrokes: t("Accept with corrections"),
      isPrimary: true,
    },
  ],
  whenEmpty: {
    title: t("Nothing to review"),
    text: t("No submitted image is waiting. As soon as someone submits one, it appears here."),
  },
  urlOf: (urls, id) => urls.review_of_image.replace("{id}", String(id)),
};
