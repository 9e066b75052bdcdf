"""Boundary IoU: how well outlines agree, which plain IoU hardly sees on large objects."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from segmodels.data import IGNORE_INDEX

DILATION_RATIO = 0.02


class BoundaryCounts:
    """Intersection and union of the bands along the inside of outlines, per class over all images.

    Cheng et al., Boundary IoU (2021): the band is `ratio` of the image's diagonal wide, at least 1 px, and
    runs along the image's edge too. Unlabelled pixels are not counted, and where a class meets them there is
    no band, since nobody knows where the object ends. `intersections`, `unions` int64 (C,).
    """

    def __init__(self, class_count: int, ratio: float = DILATION_RATIO) -> None:
        self.ratio = ratio
        self.intersections = np.zeros(class_count, np.int64)
        self.unions = np.zeros(class_count, np.int64)

    def add(self, true: NDArray[np.integer], predicted: NDArray[np.integer]) -> None:
        """Count one image; both (H, W), `true` may hold -1, `predicted` holds 0..C-1."""
        unlabelled = true == IGNORE_INDEX
        width_px = max(1, round(self.ratio * math.hypot(*true.shape)))
        counted = np.where(unlabelled, IGNORE_INDEX, predicted)
        for index in np.union1d(np.unique(true), np.unique(counted)):
            if index == IGNORE_INDEX:
                continue
            of_truth = _band(true == index, unlabelled, width_px)
            of_prediction = _band(counted == index, unlabelled, width_px)
            self.intersections[index] += np.count_nonzero(of_truth & of_prediction)
            self.unions[index] += np.count_nonzero(of_truth | of_prediction)

    @property
    def iou_per_class(self) -> list[float | None]:
        """By class index; None where neither truth nor prediction has an outline."""
        pairs = zip(self.intersections, self.unions, strict=True)
        return [float(intersection / union) if union else None for intersection, union in pairs]

    @property
    def miou(self) -> float | None:
        """Mean over the classes that have one; None where there is no outline at all."""
        scores = [iou for iou in self.iou_per_class if iou is not None]
        return float(np.mean(scores)) if scores else None


def _band(mask: NDArray[np.bool_], unlabelled: NDArray[np.bool_], width_px: int) -> NDArray[np.bool_]:
    """The pixels of `mask` at most `width_px` (as the king moves) from what is known not to be of its class."""
    possible = (mask | unlabelled).astype(np.uint8)
    edged = cv2.copyMakeBorder(possible, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=[0])
    inside = cv2.erode(edged, np.ones((3, 3), np.uint8), iterations=width_px)[1:-1, 1:-1]
    return mask & (inside == 0)
