import numpy as np
import pytest

from segmodels.effort import CorrectionEffort, correction_effort


def test_a_map_compared_by_hand() -> None:
    true = np.array([[0, 0, 1, 1, -1], [0, 0, 1, 1, -1], [2, 2, 2, 2, 2]])
    predicted = np.array([[0, 1, 1, 1, 0], [0, 0, 1, 0, 0], [2, 2, 2, 1, 1]])
    assert correction_effort(predicted, true) == CorrectionEffort(pixels=4, compared_pixels=13, clicks=3)


def test_a_right_prediction_costs_nothing() -> None:
    true = np.arange(12).reshape(3, 4)
    assert correction_effort(true, true) == CorrectionEffort(0, 12, 0)


def test_unlabelled_truth_asks_for_no_correction_but_an_unlabelled_prediction_does() -> None:
    assert correction_effort(np.zeros((2, 2)), np.full((2, 2), -1)) == CorrectionEffort(0, 0, 0)
    assert correction_effort(np.full((2, 2), -1), np.zeros((2, 2))) == CorrectionEffort(4, 4, 1)


def test_small_regions_cost_pixels_but_no_click() -> None:
    true = np.zeros((10, 10), int)
    predicted = true.copy()
    predicted[0, 0] = 1
    predicted[5:8, 5:8] = 1
    assert correction_effort(predicted, true, min_region_px=4) == CorrectionEffort(10, 100, 1)


def test_maps_of_different_size_are_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        correction_effort(np.zeros((2, 2)), np.zeros((2, 3)))
