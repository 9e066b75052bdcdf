from dataclasses import replace

import numpy as np
import pytest

from segmodels.instances.data import LabelledSegment
from segmodels.instances.metrics import ObjectTruth, mask_average_precision
from segmodels.instances.prediction import Detection
from tests.segmodels.instance_samples import DiscSample, disc_sample


def perfect(sample: DiscSample) -> list[Detection]:
    return [
        Detection(segment.class_index, 0.9, 0, 0, sample.label_map == segment.id)
        for segment in sample.segments
        if segment.class_index is not None and not segment.is_ignored
    ]


def test_the_truth_itself_scores_one() -> None:
    samples = [disc_sample(number) for number in range(3)]
    scores = mask_average_precision(ObjectTruth.build(samples, 2), [perfect(sample) for sample in samples])
    assert (scores.ap, scores.ap50, scores.ap75) == pytest.approx((1, 1, 1))
    assert scores.ap_per_class == pytest.approx([1, 1])


def test_nothing_found_scores_zero_and_a_class_without_objects_has_no_score() -> None:
    sample = disc_sample(0, discs=1)
    scores = mask_average_precision(ObjectTruth.build([sample], 2), [[]])
    assert scores.ap == 0
    assert scores.ap_per_class == [None, 0]


def test_a_mask_of_iou_0_6_counts_at_the_thresholds_up_to_it() -> None:
    sample = disc_sample(0, discs=1)
    (found,) = perfect(sample)
    rows, columns = np.nonzero(found.mask)
    kept = round(0.62 * len(rows))
    partial = np.zeros_like(found.mask)
    partial[rows[:kept], columns[:kept]] = True
    scores = mask_average_precision(ObjectTruth.build([sample], 2), [[replace(found, mask=partial)]])
    assert scores.ap50 == pytest.approx(1)
    assert scores.ap75 == 0
    assert scores.ap == pytest.approx(0.3)


@pytest.mark.parametrize("is_ignored", [False, True])
def test_what_is_found_in_a_crowd_is_no_mistake(is_ignored: bool) -> None:
    sample = disc_sample(0)
    false_alarm = Detection(0, 0.95, 0, 0, sample.label_map == 101)
    sample.segments[1] = LabelledSegment(101, 0 if is_ignored else None, is_ignored)
    found = [false_alarm, *perfect(sample)]
    scores = mask_average_precision(ObjectTruth.build([sample], 2), [found])
    assert scores.ap is not None and (scores.ap > 0.999) == is_ignored


def test_unlabelled_ground_is_no_mistake_either() -> None:
    sample = disc_sample(0)
    found = [Detection(0, 0.95, 0, 0, sample.label_map == 101), *perfect(sample)[1:]]
    sample.label_map[sample.label_map == 101] = 0
    assert mask_average_precision(ObjectTruth.build([sample], 2), [found]).ap == pytest.approx(1)


def test_only_the_best_detections_of_an_image_count() -> None:
    sample = disc_sample(0, discs=3)
    scores = mask_average_precision(ObjectTruth.build([sample], 2), [perfect(sample)], detections_per_image=1)
    assert scores.ap is not None
    assert scores.ap < 1
