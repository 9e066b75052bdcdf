"""Filling holes of a label map from the nearest label."""

import cv2
import numpy as np
from numpy.typing import NDArray

from segmodels.clusters import Box, Clusters, grown, within

Labels = NDArray[np.int32]

FIRST_REACH_PX = 8


def filled_where(labels: Labels, wanted: NDArray[np.bool_]) -> Labels:
    """Give the pixels of `wanted` that are 0 the label of the nearest labelled pixel; none, none.

    Writes into `labels` (H, W) and returns it. A few small holes are filled from their surroundings only,
    which gives the same and spares passes over the whole map.
    """
    holes = (labels == 0) & wanted
    if not holes.any() or not labels.any():
        return labels
    clusters = Clusters.find(holes, FIRST_REACH_PX)
    # Found first, written afterwards: one hole's filling is no label for the next.
    fillings = [
        (box, hole, _nearest_labels(labels, box, hole))
        for number, box in enumerate(clusters.boxes, 1)
        if (hole := holes[box] & clusters.holds(number)).any()
    ]
    for box, hole, found in fillings:
        labels[box][hole] = found
    return labels


def _nearest_labels(labels: Labels, box: Box, hole: NDArray[np.bool_]) -> Labels:
    """The nearest label of each pixel of `hole` in reading order, looking no further than needed."""
    reach = FIRST_REACH_PX
    while True:
        around = grown(box, reach, labels.shape)
        part = labels[around]
        if part.shape == labels.shape or part.any():
            found, furthest_px = _nearest_in(part, within(box, around), hole)
            # Beyond its reach there may be a nearer label than the one that was found.
            if part.shape == labels.shape or furthest_px < reach:
                return found
        reach *= 4


def _nearest_in(labels: Labels, box: Box, hole: NDArray[np.bool_]) -> tuple[Labels, float]:
    empty = labels == 0
    distance, nearest = cv2.distanceTransformWithLabels(
        empty.view(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    label_of_nearest = np.zeros(int(nearest.max()) + 1, np.int32)
    label_of_nearest[nearest[~empty]] = labels[~empty]
    return label_of_nearest[nearest[box][hole]], float(distance[box][hole].max())
