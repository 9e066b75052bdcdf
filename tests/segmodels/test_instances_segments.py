import numpy as np
import pytest
import torch

from segmodels.instances.prediction import Detection, _detections, segments_from_detections
from segmodels.prediction import SegmentScore


def rectangle(class_index: int, score: float, top: int, left: int, height: int, width: int) -> Detection:
    return Detection(class_index, score, top, left, np.ones((height, width), bool))


def test_the_higher_score_wins_where_detections_overlap() -> None:
    label_map, segments = segments_from_detections(
        [rectangle(0, 0.6, 0, 0, 8, 8), rectangle(1, 0.9, 0, 6, 8, 8)], (10, 20)
    )
    assert segments == [SegmentScore(1, 1, 0.9), SegmentScore(2, 0, 0.6)]
    assert label_map.dtype == np.uint16
    assert (label_map[:8, 6:14] == 1).all()
    assert (label_map[:8, :6] == 2).all()


def test_what_no_detection_covers_stays_unlabelled() -> None:
    label_map, _ = segments_from_detections([rectangle(0, 0.9, 2, 3, 5, 5)], (10, 12))
    assert (label_map > 0).sum() == 25
    assert label_map[2:7, 3:8].all()


def test_a_remnant_below_the_size_threshold_is_dropped() -> None:
    found = [rectangle(0, 0.9, 0, 0, 8, 8), rectangle(0, 0.8, 0, 5, 8, 5)]
    assert len(segments_from_detections(found, (10, 20), min_object_px=16, min_visible_share=0)[1]) == 2
    label_map, segments = segments_from_detections(found, (10, 20), min_object_px=17, min_visible_share=0)
    assert segments == [SegmentScore(1, 0, 0.9)]
    assert not label_map[:, 8:].any()


def test_the_rim_of_a_second_detection_of_one_object_is_dropped() -> None:
    found = [rectangle(0, 0.9, 0, 0, 20, 20), rectangle(0, 0.8, 0, 0, 22, 22)]
    assert len(segments_from_detections(found, (30, 30))[1]) == 1
    assert len(segments_from_detections(found, (30, 30), min_visible_share=0.1)[1]) == 2


def test_detections_below_the_score_threshold_are_left_out() -> None:
    found = [rectangle(0, 0.3, 0, 0, 8, 8), rectangle(0, 0.7, 10, 10, 8, 8)]
    assert [segment.score for segment in segments_from_detections(found, (20, 20), score_threshold=0.5)[1]] == [0.7]


def test_no_detection_gives_an_empty_label_map() -> None:
    label_map, segments = segments_from_detections([], (5, 6))
    assert label_map.shape == (5, 6)
    assert not label_map.any()
    assert segments == []


@pytest.mark.parametrize("factor", [1.0, 2.0])
def test_a_mask_is_pasted_into_its_box_in_the_size_of_the_image(factor: float) -> None:
    masks = torch.zeros(1, 1, 28, 28)
    masks[..., :14] = 1
    result = {
        "boxes": torch.tensor([[10.0, 4.0, 30.0, 24.0]]),
        "labels": torch.tensor([2]),
        "scores": torch.tensor([0.75]),
        "masks": masks,
    }
    size = int(40 * factor), int(50 * factor)
    (found,) = _detections(result, (factor, factor), size, 0.5)
    shown = np.zeros(size, bool)
    shown[found.window] = found.mask
    expected = np.zeros(size, bool)
    expected[int(4 * factor) : int(24 * factor), int(10 * factor) : int(20 * factor)] = True
    assert np.array_equal(shown, expected)
    assert (found.class_index, found.score) == (1, 0.75)


def test_a_box_that_reaches_over_the_edge_is_cut_there() -> None:
    result = {
        "boxes": torch.tensor([[-5.0, -5.0, 5.0, 5.0]]),
        "labels": torch.tensor([1]),
        "scores": torch.tensor([0.9]),
        "masks": torch.ones(1, 1, 28, 28),
    }
    (found,) = _detections(result, (1.0, 1.0), (20, 20), 0.5)
    assert (found.top, found.left, found.mask.shape, bool(found.mask.all())) == (0, 0, (5, 5), True)
