"""Objects out of the mask of a class: connected components, parted where touching objects have a neck."""

import cv2
import numpy as np
from numpy.typing import NDArray

from segmodels.clusters import Clusters, grown, within
from segmodels.nearest_labels import Labels, filled_where

# An object's core is where the distance to its edge reaches this share of the largest nearby distance:
# two discs part where their neck is narrower than this share of their width.
CORE_SHARE = 0.8
LARGEST_CORE_WINDOW_PX = 63
LARGEST_BLUR_PX = 6.0
MOST_LINE_WIDTH_PX = 4
# The width of thinner shapes ripples with the pixel grid, which looks like a row of necks.
SMALLEST_SPLIT_RADIUS_PX = 4
# How far the core of a pixel depends on what is around it: half the core window, and the reach of the blur.
CORE_REACH_PX = 31 + 24
# Around a cluster for its watershed: OpenCV keeps the outermost pixels for itself, and an edge belongs to it.
FLOOD_MARGIN_PX = 2


def split_objects(mask: NDArray[np.bool_]) -> tuple[Labels, int]:
    """Objects 1..n of a bool (H, W) mask, 0 outside, and n; touching round objects are parted at their necks
    unless they are thinner than 8 px.

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
    flooded = np.zeros(padded.shape, np.int32)
    highest = float(distance.max())
    for number, box in enumerate(clusters.boxes, 1):
        around = grown(box, FLOOD_MARGIN_PX, padded.shape)
        own = np.zeros(padded[around].shape, bool)
        own[within(box, around)] = padded[box].view(np.bool_) & clusters.holds(number)
        np.copyto(flooded[around], _flooded(markers[around], own, distance[around], highest, core_count), where=own)
    return filled_where(flooded, padded.view(np.bool_))[1:-1, 1:-1], core_count - 1


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
    window = int(min(max(3, round(2 * typical_radius)), LARGEST_CORE_WINDOW_PX)) | 1
    smooth = cv2.GaussianBlur(distance, (0, 0), min(max(1.0, typical_radius / 4), LARGEST_BLUR_PX))
    highest_nearby = cv2.dilate(smooth, cv2.getStructuringElement(cv2.MORPH_RECT, (window, window)))
    return np.asarray(smooth >= CORE_SHARE * highest_nearby)


def _flooded(
    markers: Labels, mask: NDArray[np.bool_], distance: NDArray[np.float32], highest: float, core_count: int
) -> Labels:
    """Grow the cores 1..core_count-1 downhill over the mask; 0 outside of it, and at pixels not reached."""
    heights = (255 - np.sqrt(distance) * (255 / max(float(np.sqrt(np.float32(highest))), 1e-6))).astype(np.uint8)
    # OpenCV floods small steps first: the cliff keeps the outside from flooding into the mask.
    beyond = ~mask
    heights[beyond] = 0
    outside = core_count
    basins = np.where(beyond, outside, markers).astype(np.int32)
    cv2.watershed(cv2.merge([heights] * 3), basins)
    basins[beyond | (basins == outside)] = 0
    return _lines_filled(np.maximum(basins, 0), mask)


def _lines_filled(basins: Labels, mask: NDArray[np.bool_]) -> Labels:
    """Give the thin lines that a watershed leaves between basins to one of their neighbours, in place."""
    rows, columns = np.nonzero(mask & (basins == 0))
    for _ in range(MOST_LINE_WIDTH_PX):
        if not len(rows):
            break
        around = [basins[rows + down, columns + right] for down in (-1, 0, 1) for right in (-1, 0, 1)]
        basins[rows, columns] = np.max(around, axis=0)
        left = basins[rows, columns] == 0
        rows, columns = rows[left], columns[left]
    return basins
