"""The plain, whole-map way to segments, which the quick one has to equal; slow on large maps."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.segmentation import watershed

from segmodels.prediction import PixelPrediction

Kind = Literal["stuff", "thing"]
Labels = NDArray[np.int32]

MOST_SEGMENTS = 65_535
# An object's core is where the distance to its edge reaches this share of the largest distance nearby, that is
# within CORE_WINDOW typical radii. Both were chosen on the merged masks of real nuclei and of the demo's cells.
CORE_SHARE = 0.9
CORE_WINDOW = 1.5
LARGEST_CORE_WINDOW_PX = 63
LARGEST_BLUR_PX = 6.0
# The width of thinner shapes ripples with the pixel grid, which looks like a row of necks.
SMALLEST_SPLIT_RADIUS_PX = 5


@dataclass(frozen=True)
class SegmentScore:
    """One segment of a label map; `score` is the mean confidence of its pixels."""

    id: int
    class_index: int
    score: float


def segments_from_prediction(
    prediction: PixelPrediction, kinds: Sequence[Kind], min_object_px: int = 16
) -> tuple[NDArray[np.uint16], list[SegmentScore]]:
    """Label map uint16 (H, W), ids 1..n without gaps, and its segments in the order of their ids.

    `kinds` says stuff or thing by class index. Touching objects are parted (see `split_objects`); objects
    below `min_object_px` become part of what is nearest to them. Where more than 65535 segments would
    come out, the smallest objects go the same way.
    """
    if prediction.class_index.size and int(prediction.class_index.max()) >= len(kinds):
        raise ValueError(f"class index {int(prediction.class_index.max())} with {len(kinds)} kinds")
    labels, class_of_label = _labelled_by_class(prediction.class_index, kinds)
    areas = np.bincount(labels.ravel(), minlength=len(class_of_label))
    is_object = np.array([index >= 0 and kinds[index] == "thing" for index in class_of_label])
    kept = _kept(areas, is_object, min_object_px)
    labels = _filled_from_nearest(np.where(kept[labels], labels, 0))
    return _numbered(labels, class_of_label, prediction.confidence)


def _labelled_by_class(class_index: NDArray[np.int16], kinds: Sequence[Kind]) -> tuple[Labels, list[int]]:
    """Labels 1..n, and the class of each label; label 0 is nothing and of class -1."""
    labels = np.zeros(class_index.shape, np.int32)
    class_of_label = [-1]
    for index, kind in enumerate(kinds):
        mask = class_index == index
        if not mask.any():
            continue
        if kind == "stuff":
            labels[mask] = len(class_of_label)
            class_of_label.append(index)
            continue
        objects, count = split_objects(mask)
        labels[mask] = objects[mask] + (len(class_of_label) - 1)
        class_of_label += [index] * count
    return labels, class_of_label


def split_objects(mask: NDArray[np.bool_]) -> tuple[Labels, int]:
    """Objects 1..n of a bool (H, W) mask, 0 outside, and n; touching round objects are parted at their necks
    unless they are thinner than 10 px.

    Watershed from cores of the distance transform (Beucher and Meyer, 1993). Every pixel of the mask
    belongs to an object.
    """
    left, top, width, height = cv2.boundingRect(mask.astype(np.uint8))
    objects = np.zeros(mask.shape, np.int32)
    box = np.s_[top : top + height, left : left + width]
    if width:
        objects[box], count = _split(np.pad(mask[box], 1).astype(np.uint8))
        return objects, count
    return objects, 0


def _split(padded: NDArray[np.uint8]) -> tuple[Labels, int]:
    """Objects of a mask with a margin of one pixel, without the margin, and how many they are."""
    component_count, components = _components(padded)
    distance = np.asarray(cv2.distanceTransform(padded, cv2.DIST_L2, 5), np.float32)
    cores = _cores(distance, components, component_count)
    core_count, markers = _components(cores)
    if core_count == component_count:
        return components[1:-1, 1:-1], component_count - 1
    flooded = _flooded(markers, components, distance, core_count, component_count)
    return flooded[1:-1, 1:-1], core_count - 1


def _components(mask: NDArray[np.uint8]) -> tuple[int, Labels]:
    count, labels = cv2.connectedComponents(mask, connectivity=8, ltype=cv2.CV_32S)
    return count, np.asarray(labels, np.int32)


def _cores(distance: NDArray[np.float32], components: Labels, count: int) -> NDArray[np.uint8]:
    radius_of_component = np.zeros(count, np.float32)
    np.maximum.at(radius_of_component, components.ravel(), distance.ravel())
    typical_radius = float(np.median(radius_of_component[1:]))
    window = int(min(max(3, round(CORE_WINDOW * typical_radius)), LARGEST_CORE_WINDOW_PX)) | 1
    smooth = cv2.GaussianBlur(distance, (0, 0), min(max(1.0, typical_radius / 4), LARGEST_BLUR_PX))
    highest_nearby = cv2.dilate(smooth, cv2.getStructuringElement(cv2.MORPH_RECT, (window, window)))
    cores = (smooth >= CORE_SHARE * highest_nearby) & (components > 0)
    # A small object in the window of a large neighbour may have no such pixel: all of it is its core.
    has_core = np.bincount(components[cores], minlength=count) > 0
    is_whole = ~has_core | (radius_of_component < SMALLEST_SPLIT_RADIUS_PX)
    is_whole[0] = False
    return (cores | is_whole[components]).astype(np.uint8)


def _flooded(
    markers: Labels, components: Labels, distance: NDArray[np.float32], core_count: int, component_count: int
) -> Labels:
    """Grow the cores 1..core_count-1 downhill over their components; 0 outside of them."""
    component_of_core = np.zeros(core_count, np.int32)
    component_of_core[markers.ravel()] = components.ravel()
    component_of_core[0] = 0
    core_of_component = np.zeros(component_count, np.int32)
    core_of_component[component_of_core] = np.arange(core_count)
    core_of_component[0] = 0
    # Only where cores share a component is there anything to flood; the others are one object as they are.
    is_shared = np.bincount(component_of_core[1:], minlength=component_count) > 1
    shared = is_shared[components]
    basins = watershed(-cv2.GaussianBlur(distance, (0, 0), 1.0), np.where(shared, markers, 0), mask=shared)
    return np.where(shared, basins, core_of_component[components]).astype(np.int32)


def _kept(areas: NDArray[np.intp], is_object: NDArray[np.bool_], min_object_px: int) -> NDArray[np.bool_]:
    """Which labels stay: all stuff, and the objects that are large enough, at most 65535 in all."""
    kept = (areas > 0) & (~is_object | (areas >= min_object_px))
    kept[0] = False
    surplus = int(kept.sum()) - MOST_SEGMENTS
    if surplus > 0:
        objects = np.flatnonzero(kept & is_object)
        kept[objects[np.argsort(areas[objects], kind="stable")[:surplus]]] = False
    return kept


def _filled_from_nearest(labels: Labels) -> Labels:
    return _filled_where(labels, np.ones(labels.shape, bool))


def _filled_where(labels: Labels, wanted: NDArray[np.bool_]) -> Labels:
    """Give the pixels of `wanted` that are 0 the label of the nearest labelled pixel; none, none."""
    empty = labels == 0
    if not (empty & wanted).any() or empty.all():
        return labels
    _, nearest = cv2.distanceTransformWithLabels(empty.astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    label_of_nearest = np.zeros(int(nearest.max()) + 1, np.int32)
    label_of_nearest[nearest[~empty]] = labels[~empty]
    return np.where(empty & wanted, label_of_nearest[nearest], labels)


def _numbered(
    labels: Labels, class_of_label: list[int], confidence: NDArray[np.float32]
) -> tuple[NDArray[np.uint16], list[SegmentScore]]:
    areas = np.bincount(labels.ravel(), minlength=len(class_of_label))
    sums = np.bincount(labels.ravel(), confidence.ravel(), minlength=len(class_of_label))
    present = np.flatnonzero(areas)
    present = present[present > 0]
    ids = np.zeros(len(class_of_label), np.uint16)
    ids[present] = np.arange(1, len(present) + 1)
    segments = [
        SegmentScore(int(ids[label]), class_of_label[label], float(sums[label] / areas[label])) for label in present
    ]
    return ids[labels], segments
