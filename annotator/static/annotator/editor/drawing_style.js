/** @import {LabelStyle, SegmentLook} from "./renderer/palette.js" */
/** @import {Store} from "./store.js" */
/** @import {Segment} from "./types.js" */
import { NO_CLASS_COLOR } from "./palettes.js";
import { rgb } from "./renderer/palette.js";
import { hiding } from "./sight.js";

/** @typedef {"labels" | "prediction" | "difference" | "theirs"} ShownLayer */

const DIFF_OPACITY = 0.7;
const HEAT_OPACITY = 0.75;

/**
 * How image and labels are drawn as the store has it now.
 * @param {Store} store @param {ShownLayer} shown @param {[number, number, number]} backdrop
 * @returns {LabelStyle}
 */
export function styleOf(store, shown, backdrop) {
  const isDiff = shown === "difference";
  const opacity = isDiff ? DIFF_OPACITY : store.opacity.value;
  return {
    backdrop,
    opacity: store.isContourOnly.value && !isDiff ? 0 : opacity,
    isShown: store.areLabelsShown.value && store.phase.value === "ready",
    isUnlabelledShown: store.isUnlabelledShown.value && !isDiff,
    isSmooth: store.isSmooth.value,
    brightness: store.brightness.value,
    contrast: store.contrast.value,
    gamma: store.gamma.value,
    heatOpacity: store.isHeatShown.value ? HEAT_OPACITY : 0,
  };
}

/**
 * How each segment is drawn as the store has it now.
 * @param {Store} store @param {ShownLayer} shown
 * @returns {(segment: Segment) => SegmentLook}
 */
export function segmentLooks(store, shown) {
  const isHidden = hiding(store);
  const chosen = new Set(store.selectedSegments.value);
  if (store.segmentId.value !== null) chosen.add(store.segmentId.value);
  const colors = store.classColors.value;
  const hatches = store.classHatches.value;
  const isLabels = shown === "labels";
  return (segment) => ({
    color: colors.get(segment.class) ?? NO_CLASS_COLOR,
    isVisible: !isHidden(segment, isLabels),
    isSelected: isLabels && chosen.has(segment.id),
    hatch: hatches.get(segment.class) ?? 0,
  });
}

/** The colour around the image, from the page's theme. @returns {[number, number, number]} bytes */
export function backdropOf() {
  return rgb(getComputedStyle(document.documentElement).getPropertyValue("--bg").trim());
}
