import numpy as np
import pytest

from segmodels.boundaries import BoundaryCounts
from segmodels.metrics import ConfusionMatrix


def square(side: int, top: int, left: int, length: int) -> np.ndarray:
    labels = np.zeros((side, side), np.int64)
    labels[top : top + length, left : left + length] = 1
    return labels


def counted(true: np.ndarray, predicted: np.ndarray, ratio: float = 0.02) -> BoundaryCounts:
    counts = BoundaryCounts(2, ratio)
    counts.add(true, predicted)
    return counts


def test_bands_of_a_square_counted_by_hand() -> None:
    # 2 % of the diagonal of 50 px by 50 px is 1.4 px: a band of 1 px.
    true, predicted = square(50, 10, 10, 20), square(50, 11, 10, 20)
    counts = counted(true, predicted)
    rings = 4 * 19
    # The left and right sides overlap but for their ends; top and bottom only in their corners.
    shared = 2 * 19
    assert counts.intersections[1] == shared
    assert counts.unions[1] == 2 * rings - shared


def test_right_answers_score_one_and_the_image_edge_is_an_outline() -> None:
    true = square(40, 0, 0, 20)
    counts = counted(true, true)
    assert counts.iou_per_class == [1.0, 1.0]
    assert counts.unions[1] == 4 * 19


def test_an_outline_off_by_two_pixels_costs_a_large_object_more_than_its_iou_says() -> None:
    true, predicted = square(200, 20, 20, 160), square(200, 22, 20, 160)
    matrix = ConfusionMatrix(2)
    matrix.add(true, predicted)
    of_outline, of_region = counted(true, predicted).iou_per_class[1], matrix.iou_per_class[1]
    assert of_outline is not None and of_region is not None
    assert of_region > 0.95 and of_outline < 0.75


def test_what_lies_in_or_along_unlabelled_pixels_is_not_counted() -> None:
    true = np.ones((40, 40), np.int64)
    true[:, 20:] = -1
    predicted = np.ones((40, 40), np.int64)
    other = predicted.copy()
    other[:, 20:] = 0
    assert counted(true, predicted).iou_per_class == [None, 1.0]
    counts = counted(true, other)
    assert counts.iou_per_class == [None, 1.0]
    # Three sides of the labelled half are edges of the image; the fourth meets unlabelled pixels.
    assert counts.unions[1] == 40 + 2 * 19


def test_counts_of_images_are_added_and_not_averaged() -> None:
    pairs = [(square(60, 5, 5, 10), square(60, 7, 5, 10)), (square(60, 5, 5, 50), square(60, 5, 5, 50))]
    whole = BoundaryCounts(2)
    for true, predicted in pairs:
        whole.add(true, predicted)
    parts = [counted(true, predicted) for true, predicted in pairs]
    expected = sum(part.intersections[1] for part in parts) / sum(part.unions[1] for part in parts)
    assert whole.iou_per_class[1] == pytest.approx(expected)


def test_no_outline_has_no_score() -> None:
    counts = counted(np.full((20, 20), -1), np.zeros((20, 20), np.int64))
    assert counts.iou_per_class == [None, None]
    assert counts.miou is None
