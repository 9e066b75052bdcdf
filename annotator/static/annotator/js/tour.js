/** The tour of the first start: three steps, skippable, never again. */
import { driver } from "../../vendor/driver.mjs";

const STEPS = [
  {
    element: "#loop",
    popover: {
      title: "Images move from left to right",
      description: "You label, a model learns from what was accepted and labels the next images ahead of you, a reviewer accepts.",
    },
  },
  {
    element: "#next-step",
    popover: {
      title: "One next thing to do",
      description: "This button always does what brings the project forward now: label, review, train or export.",
    },
  },
  {
    element: "#work",
    popover: {
      title: "Straight to work",
      description: "Label opens the most useful image of the queue. In the editor, ? shows all shortcuts.",
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
  progressText: "{{current}} of {{total}}",
  nextBtnText: "Next",
  prevBtnText: "Back",
  doneBtnText: "Start",
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
