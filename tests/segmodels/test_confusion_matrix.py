import numpy as np
import pytest

from segmodels.metrics import ConfusionMatrix


def test_scores_of_a_table_counted_by_hand() -> None:
    matrix = ConfusionMatrix(3)
    matrix.add(np.array([[0, 0, 1, 1]]), np.array([[0, 1, 1, 1]]))
    matrix.add(np.array([[1, -1]]), np.array([[0, 2]]))
    assert matrix.counts.tolist() == [[1, 1, 0], [1, 2, 0], [0, 0, 0]]
    assert matrix.iou_per_class == [pytest.approx(1 / 3), pytest.approx(2 / 4), None]
    assert matrix.miou == pytest.approx((1 / 3 + 1 / 2) / 2)
    assert matrix.pixel_accuracy == pytest.approx(3 / 5)
    assert matrix.class_accuracy == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert matrix.dice_per_class == [pytest.approx(2 * 1 / (2 + 2)), pytest.approx(2 * 2 / (3 + 3)), None]
    assert matrix.dice == pytest.approx((1 / 2 + 2 / 3) / 2)


def test_a_class_that_is_only_predicted_counts_as_zero() -> None:
    matrix = ConfusionMatrix(2)
    matrix.add(np.array([0, 0]), np.array([0, 1]))
    assert matrix.iou_per_class == [pytest.approx(0.5), 0.0]


def test_nothing_labelled_has_no_score() -> None:
    matrix = ConfusionMatrix(2)
    matrix.add(np.full((4, 4), -1), np.zeros((4, 4), int))
    assert matrix.miou is None
    assert matrix.pixel_accuracy is None
    assert matrix.class_accuracy is None
    assert matrix.dice is None


def test_one_matrix_over_all_images_is_not_a_mean_of_scores() -> None:
    whole, parts = ConfusionMatrix(2), ConfusionMatrix(2)
    true = np.array([0] * 90 + [1] * 10)
    predicted = np.array([0] * 95 + [1] * 5)
    whole.add(true, predicted)
    parts.add(true[:93], predicted[:93])
    parts.add(true[93:], predicted[93:])
    assert whole.counts.tolist() == parts.counts.tolist()


@pytest.mark.parametrize(("true", "predicted"), [([0, 5], [0, 1]), ([0, -2], [0, 1]), ([0], [0, 1])])
def test_classes_and_shapes_that_do_not_fit_are_refused(true: list[int], predicted: list[int]) -> None:
    with pytest.raises(ValueError):
        ConfusionMatrix(2).add(np.array(true), np.array(predicted))
