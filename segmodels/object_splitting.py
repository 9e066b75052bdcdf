"""Objects out of the mask of a class: connected components, parted where touching objects have a neck."""

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.segmentation import watershed

from segmodels.clusters import Clusters, grown, within
from segmodels.nearest_labels import Labels

# An object's core is where the distance to its edge reaches this share of the largest nearby distance:
# two discs part where their neck is narrower than this share of their width.
CORE_SHARE = 0.9
CORE_WINDOW = 1.5
LARGEST_CORE_WINDOW_PX = 63
LARGEST_BLUR_PX = 6.0
# The width of thinner shapes ripples with the pixel grid, which looks like a row of necks.
SMALLEST_SPLIT_RADIUS_PX = 5
# How far the core of a pixel depends on what is around it: half the core window, and the reach of the blur.
CORE_REACH_PX = 31 + 24
# Around a cluster for its watershed: OpenCV keeps the outermost pixels for itself, and an edge belongs to it.
FLOOD_MARGIN_PX = 8


def split_objects(mask: NDArray[np.bool_]) -> tuple[Labels, int]:
    """Objects 1..n of a bool (H, W) mask, 0 outside, and n; touching round objects are parted at their necks
    unless they are thinner than 10 px.

    Watershed from cores of the distance transform (Beucher and Meyer, 1993). Every pixel of the mask
    belongs to an object.
    """
    objects = np.zeros(mask.shape, np.int32)
    left, top, width, height = cv2.boundingRect(mask.view(np.uint8))
    if not width:
        return objects, 0
    box = np.s_[top : top + height, left : left + width]
    objects[box], count = _split(np.pad(mask[box], 1).view(np.uint8))
    return objects, count


def _split(padded: NDArray[np.uint8]) -> tuple[Labels, int]:
    """Objects of a mask with a margin of one pixel, without the margin, and how many they are."""
    component_count, components = _components(padded)
    distance = np.asarray(cv2.distanceTransform(padded, cv2.DIST_L2, 5), np.float32)
    clusters = Clusters.find(padded.view(np.bool_), CORE_REACH_PX)
    core_count, markers = _components(_cores(padded, components, component_count, distance, clusters))
    if core_count == component_count:
        return components[1:-1, 1:-1], component_count - 1
    core_of_component = np.zeros(component_count, np.int32)
    is_core = markers > 0
    component_of_core = np.zeros(core_count, np.int32)
    component_of_core[markers[is_core]] = components[is_core]
    core_of_component[component_of_core[1:]] = np.arange(1, core_count)
    # Only where cores share a component is there anything to flood; the others are one object as they are.
    is_shared = np.bincount(component_of_core[1:], minlength=component_count) > 1
    objects = core_of_component[components]
    for number, box in enumerate(clusters.boxes, 1):
        around = grown(box, FLOOD_MARGIN_PX, padded.shape)
        shared = np.zeros(padded[around].shape, bool)
        shared[within(box, around)] = is_shared[components[box]] & clusters.holds(number)
        if shared.any():
            heights = -cv2.GaussianBlur(distance[around], (0, 0), 1.0)
            basins = watershed(heights, np.where(shared, markers[around], 0), mask=shared)
            np.copyto(objects[around], basins, where=shared)
    return objects[1:-1, 1:-1], core_count - 1


def _components(mask: NDArray[np.uint8]) -> tuple[int, Labels]:
    count, labels = cv2.connectedComponents(mask, connectivity=8, ltype=cv2.CV_32S)
    return count, np.asarray(labels, np.int32)


def _cores(
    padded: NDArray[np.uint8],
    components: Labels,
    count: int,
    distance: NDArray[np.float32],
    clusters: Clusters,
) -> NDArray[np.uint8]:
    radius_of_component = np.zeros(count, np.float32)
    for box in clusters.boxes:
        inside = padded[box].view(np.bool_)
        np.maximum.at(radius_of_component, components[box][inside], distance[box][inside])
    typical_radius = float(np.median(radius_of_component[1:]))
    cores = np.zeros(padded.shape, np.uint8)
    has_core = np.zeros(count, bool)
    for box in clusters.boxes:
        around = grown(box, CORE_REACH_PX, padded.shape)
        highest = _near_highest(distance[around], typical_radius)[within(box, around)]
        cores[box] = highest & padded[box].view(np.bool_)
        has_core[components[box][cores[box].view(np.bool_)]] = True
    # A small object in the window of a large neighbour may have no such pixel: all of it is its core.
    is_whole = ~has_core | (radius_of_component < SMALLEST_SPLIT_RADIUS_PX)
    is_whole[0] = False
    if is_whole.any():
        for box in clusters.boxes:
            cores[box] |= is_whole[components[box]]
    return cores


def _near_highest(distance: NDArray[np.float32], typical_radius: float) -> NDArray[np.bool_]:
    window = int(min(max(3, round(CORE_WINDOW * typical_radius)), LARGEST_CORE_WINDOW_PX)) | 1
    smooth = cv2.GaussianBlur(distance, (0, 0), min(max(1.0, typical_radius / 4), LARGEST_BLUR_PX))
    highest_nearby = cv2.dilate(smooth, cv2.getStructuringElement(cv2.MORPH_RECT, (window, window)))
    return np.asarray(smooth >= CORE_SHARE * highest_nearby)
