"""Scores from one confusion matrix accumulated over all images."""

import numpy as np
from numpy.typing import NDArray

from segmodels.data import IGNORE_INDEX


class ConfusionMatrix:
    """Counts pixels by (true, predicted) class; pixels whose truth is -1 are not counted.

    `counts` is int64 (C, C), rows are the truth. Intersection over union as in PASCAL VOC
    (Everingham et al., 2010): one matrix over all images, not a mean of scores per image.
    """

    def __init__(self, class_count: int) -> None:
        self.class_count = class_count
        self.counts = np.zeros((class_count, class_count), np.int64)

    def add(self, true: NDArray[np.integer], predicted: NDArray[np.integer]) -> None:
        """Count one image; both arrays have the same shape, `predicted` holds 0..C-1."""
        if true.shape != predicted.shape:
            raise ValueError(f"truth of shape {true.shape}, prediction of shape {predicted.shape}")
        counted = true != IGNORE_INDEX
        pairs = true[counted].astype(np.int64) * self.class_count + predicted[counted]
        size = self.class_count**2
        if pairs.size and not 0 <= pairs.min() <= pairs.max() < size:
            raise ValueError(f"class index outside 0..{self.class_count - 1}")
        self.counts += np.bincount(pairs, minlength=size).reshape(self.counts.shape)

    @property
    def pixels(self) -> int:
        return int(self.counts.sum())

    @property
    def iou_per_class(self) -> list[float | None]:
        """IoU by class index; None where a class is in neither truth nor prediction."""
        hits = np.diag(self.counts)
        unions = self.counts.sum(0) + self.counts.sum(1) - hits
        return [float(hit / union) if union else None for hit, union in zip(hits, unions, strict=True)]

    @property
    def miou(self) -> float | None:
        """Mean over the classes that have an IoU; None where nothing was counted."""
        scores = [iou for iou in self.iou_per_class if iou is not None]
        return float(np.mean(scores)) if scores else None

    @property
    def pixel_accuracy(self) -> float | None:
        return float(np.diag(self.counts).sum() / self.pixels) if self.pixels else None

    @property
    def class_accuracy(self) -> float | None:
        """Share of a class' true pixels that were found, averaged over the classes that have true pixels."""
        of_class = self.counts.sum(1)
        present = of_class > 0
        return float((np.diag(self.counts)[present] / of_class[present]).mean()) if present.any() else None

    @property
    def dice_per_class(self) -> list[float | None]:
        """Dice (F1) by class index; None where a class is in neither truth nor prediction."""
        return [None if iou is None else 2 * iou / (1 + iou) for iou in self.iou_per_class]

    @property
    def dice(self) -> float | None:
        """Mean over the classes that have a Dice; None where nothing was counted."""
        scores = [dice for dice in self.dice_per_class if dice is not None]
        return float(np.mean(scores)) if scores else None
