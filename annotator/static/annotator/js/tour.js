/** The tour of the first start: three steps, skippable, never again. */
import { t } from "../editor/i18n.js";
import { driver } from "../../vendor/driver.mjs";

const STEPS = [
  {
    element: "#loop",
    popover: {
      title: t("Images move from left to right"),
      description: t("You label, a model learns from what was accepted and labels the next images ahead of you, a reviewer accepts."),
    },
  },
  {
    element: "#next-step",
    popover: {
      title: t("One next thing to do"),
      description: t("This button always does what brings the project forward now: label, review, train or export."),
    },
  },
  {
    element: "#work",
    popover: {
      title: t("Straight to work"),
      description: t("Label opens the most useful image of the queue. In the editor, ? shows all shortcuts."),
    },
  },
];

function remember() {
  const { "X-CSRFToken": token } = JSON.parse(document.body.getAttribute("hx-headers"));
  fetch("/accounts/tour-seen/", { method: "POST", headers: { "X-CSRFToken": token } });
}

const tour = driver({
  steps: STEPS.filter((step) => document.querySelector(step.element)?.childElementCount),
  animate: !matchMedia("(prefers-reduced-motion: reduce)").matches,
  showProgress: true,
  progressText: t("{done} of {total}", { done: "{{current}}", total: "{{total}}" }),
  nextBtnText: t("Next"),
  prevBtnText: t("Back"),
  doneBtnText: t("Start"),
  onPopoverRender: (popover) => popover.closeButton.setAttribute("aria-label", t("Close")),
  overlayOpacity: 0.35,
  stagePadding: 6,
  stageRadius: 6,
  // Asked before it ends: what it tells afterwards is left out when somebody skips it during the first move.
  onDestroyStarted: () => {
    remember();
    tour.destroy();
  },
});
tour.drive();
