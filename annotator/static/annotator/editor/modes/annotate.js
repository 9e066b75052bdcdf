/** @import {Mode} from "./mode.js" */
import { t } from "../i18n.js";

/** @type {Mode} */
export const annotate = {
  name: "annotate",
  purpose: "annotate",
  queueStates: ["returned", "prelabelled", "new"],
  toolGroups: ["smart", "paint", "shape", "look"],
  panels: ["comments", "prediction", "difference", "classes", "segments", "look"],
  finish: [{ action: "submit", icon: "send", label: t("Submit"), isPrimary: true }],
  whenEmpty: {
    title: t("Nothing left to label"),
    text: t(
      "Every image of this project is labelled or in somebody's hands. New images and returned ones will appear here.",
    ),
  },
  urlOf: (urls, id) => urls.editor_of_image.replace("{id}", String(id)),
};
