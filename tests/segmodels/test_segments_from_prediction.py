import time

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmodels import segments as module
from segmodels.prediction import PixelPrediction
from segmodels.segments import segments_from_prediction, split_objects
from tests.segmodels import whole_map_segments


def prediction_of(class_index: np.ndarray, confidence: float = 0.9) -> PixelPrediction:
    shape = class_index.shape
    return PixelPrediction(
        class_index.astype(np.int16), np.full(shape, confidence, np.float32), np.zeros(shape, np.float32)
    )


def disc_map(centres: list[tuple[int, int]], radius: int, size: int = 128) -> np.ndarray:
    canvas = np.zeros((size, size), np.uint8)
    for centre in centres:
        cv2.circle(canvas, centre, radius, 1, -1)
    return canvas


def test_a_stuff_class_is_one_segment_however_scattered() -> None:
    classes = np.zeros((40, 40), int)
    classes[2:8, 2:8] = classes[30:38, 30:38] = 1
    labels, found = segments_from_prediction(prediction_of(classes), ["stuff", "stuff"])
    assert [(segment.id, segment.class_index) for segment in found] == [(1, 0), (2, 1)]
    assert np.array_equal(labels, classes + 1)
    assert labels.dtype == np.uint16


def test_absent_classes_have_no_segment() -> None:
    _, found = segments_from_prediction(prediction_of(np.full((8, 8), 2)), ["stuff", "thing", "stuff"])
    assert [segment.class_index for segment in found] == [2]


def test_each_object_of_a_thing_class_is_its_own_segment() -> None:
    classes = disc_map([(30, 30), (90, 30), (60, 90)], 12)
    labels, found = segments_from_prediction(prediction_of(classes), ["stuff", "thing"])
    assert [segment.class_index for segment in found] == [0, 1, 1, 1]
    assert len({labels[30, 30], labels[30, 90], labels[90, 60]}) == 3


@pytest.mark.parametrize("gap", [1.5, 1.7, 1.9])
def test_touching_discs_are_parted_near_the_middle(gap: float) -> None:
    radius = 14
    apart = round(gap * radius)
    mask = disc_map([(40, 64), (40 + apart, 64)], radius) > 0
    objects, count = split_objects(mask)
    assert count == 2
    assert ((objects > 0) == mask).all()
    sizes = np.bincount(objects.ravel())[1:]
    assert sizes.min() / sizes.max() > 0.85


@pytest.mark.parametrize("thickness", [1, 2, 3, 5, 8, 12])
def test_a_long_thin_object_stays_whole(thickness: int) -> None:
    canvas = np.zeros((256, 256), np.uint8)
    cv2.line(canvas, (20, 20), (60, 235), 1, thickness)
    assert split_objects(canvas > 0)[1] == 1


def test_ellipses_stay_whole_at_every_angle() -> None:
    for angle in range(0, 180, 15):
        canvas = np.zeros((128, 128), np.uint8)
        cv2.ellipse(canvas, (64, 64), (40, 12), angle, 0, 360, 1, -1)
        assert split_objects(canvas > 0)[1] == 1


def test_a_small_object_beside_a_large_one_is_not_lost() -> None:
    canvas = disc_map([(60, 60)], 40)
    cv2.circle(canvas, (112, 60), 5, 1, -1)
    assert split_objects(canvas > 0)[1] == 2


def test_specks_become_part_of_their_surroundings() -> None:
    classes = disc_map([(40, 40)], 15)
    classes[100:102, 100:102] = 1
    labels, found = segments_from_prediction(prediction_of(classes), ["stuff", "thing"], min_object_px=10)
    assert len(found) == 2
    assert labels[100, 100] == labels[110, 110]


def test_specks_with_no_surroundings_are_left_unlabelled() -> None:
    labels, found = segments_from_prediction(prediction_of(np.zeros((3, 3))), ["thing"], min_object_px=10)
    assert found == []
    assert not labels.any()


def test_the_score_is_the_mean_confidence_of_the_segment() -> None:
    classes = np.zeros((4, 4), np.int16)
    classes[:, 2:] = 1
    confidence = np.array([[0.5, 0.7, 0.9, 0.9]] * 4, np.float32)
    prediction = PixelPrediction(classes, confidence, np.zeros((4, 4), np.float32))
    _, found = segments_from_prediction(prediction, ["stuff", "stuff"])
    assert [segment.score for segment in found] == pytest.approx([0.6, 0.9])


@given(seed=st.integers(0, 2**32), share=st.floats(0.01, 0.9), smallest=st.integers(1, 30))
@settings(max_examples=40, deadline=None)
def test_ids_have_no_gaps_and_every_pixel_keeps_to_its_table(seed: int, share: float, smallest: int) -> None:
    random = np.random.default_rng(seed)
    classes = (random.random((40, 50)) < share).astype(np.int16) * random.integers(1, 3, (40, 50))
    labels, found = segments_from_prediction(prediction_of(classes), ["stuff", "thing", "thing"], smallest)
    ids = np.unique(labels)
    assert [segment.id for segment in found] == list(range(1, len(found) + 1)) == [i for i in ids if i]
    for segment in found:
        if segment.class_index:
            assert (labels == segment.id).sum() >= smallest


def test_never_more_segments_than_a_label_map_can_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_SEGMENTS", 5)
    canvas = np.zeros((128, 128), np.uint8)
    for number in range(9):
        cv2.circle(canvas, (20 + number % 3 * 40, 20 + number // 3 * 40), 4 + number, 1, -1)
    labels, found = segments_from_prediction(prediction_of(canvas), ["stuff", "thing"])
    assert [segment.class_index for segment in found] == [0, 1, 1, 1, 1]
    assert labels[100, 100] != labels[64, 64]
    assert labels[20, 20] == labels[0, 0]


def test_a_field_of_touching_cells_takes_less_than_a_blink() -> None:
    random = np.random.default_rng(0)
    canvas = np.zeros((512, 512), np.uint8)
    for x, y in random.integers(0, 512, (250, 2)):
        cv2.circle(canvas, (int(x), int(y)), 10, 1, -1)
    prediction = prediction_of(canvas)
    seconds = []
    for _ in range(5):
        started = time.perf_counter()
        segments_from_prediction(prediction, ["stuff", "thing"])
        seconds.append(time.perf_counter() - started)
    # 15 ms on an idle core; the margin is for machines that run the suite in parallel.
    assert min(seconds) < 0.15


def test_a_class_without_a_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="class index 2 with 2 kinds"):
        segments_from_prediction(prediction_of(np.full((4, 4), 2)), ["stuff", "thing"])


@given(seed=st.integers(0, 2**32), smallest=st.integers(1, 60))
@settings(max_examples=25, deadline=None)
def test_working_cluster_by_cluster_changes_nothing(seed: int, smallest: int) -> None:
    random = np.random.default_rng(seed)
    height, width = (int(side) for side in random.integers(1, 900, 2))
    classes = np.zeros((height, width), np.uint8)
    for _ in range(int(random.integers(0, 25))):
        place = tuple(int(random.integers(0, side)) for side in (width, height))
        axes = tuple(int(axis) for axis in random.integers(0, 30, 2))
        cv2.ellipse(classes, place, axes, int(random.integers(180)), 0, 360, int(random.integers(0, 4)), -1)
    noisy = random.random((height, width)) < random.choice([0, 0.0005, 0.05])
    classes[noisy] = random.integers(0, 4, int(noisy.sum()))
    confidence = random.random((height, width)).astype(np.float32)
    prediction = PixelPrediction(classes.astype(np.int16), confidence, confidence)
    kinds: list[module.Kind] = ["stuff", "thing", "thing", "thing"]
    labels, found = segments_from_prediction(prediction, kinds, smallest)
    plain_labels, plain = whole_map_segments.segments_from_prediction(prediction, kinds, smallest)
    assert np.array_equal(labels, plain_labels)
    assert [(s.id, s.class_index) for s in found] == [(s.id, s.class_index) for s in plain]
    assert [s.score for s in found] == pytest.approx([s.score for s in plain], rel=1e-6)
