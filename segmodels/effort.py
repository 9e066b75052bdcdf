"""What correcting a prediction would cost a reviewer who knows the truth."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from segmodels.data import IGNORE_INDEX


@dataclass(frozen=True)
class CorrectionEffort:
    """`pixels` have the wrong class among `compared_pixels`; `clicks` is one per wrong region to repaint."""

    pixels: int
    compared_pixels: int
    clicks: int


def correction_effort(
    predicted: NDArray[np.integer], true: NDArray[np.integer], min_region_px: int = 1
) -> CorrectionEffort:
    """Compare two class maps (H, W); pixels whose truth is -1 need no correction.

    A region is a 4-connected patch of wrong pixels of one true class, as one polygon or fill would mend;
    regions below `min_region_px` cost pixels but no click. A predicted -1 (unlabelled) counts as wrong.
    """
    if predicted.shape != true.shape:
        raise ValueError(f"prediction of shape {predicted.shape}, truth of shape {true.shape}")
    compared = true != IGNORE_INDEX
    wrong = compared & (predicted != true)
    clicks = sum(_region_count(wrong & (true == index), min_region_px) for index in np.unique(true[wrong]))
    return CorrectionEffort(int(wrong.sum()), int(compared.sum()), clicks)


def _region_count(mask: NDArray[np.bool_], min_region_px: int) -> int:
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    return int((stats[1:, cv2.CC_STAT_AREA] >= min_region_px).sum())
