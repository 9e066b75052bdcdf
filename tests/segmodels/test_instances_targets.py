import numpy as np
import pytest
import torch

from segmodels.errors import DataError
from segmodels.instances.data import (
    LabelledSegment,
    ObjectMap,
    read_instances,
    training_target,
    training_view,
    working_size,
)
from tests.segmodels.instance_samples import disc_sample

LABEL_MAP = np.zeros((20, 30), np.uint16)
LABEL_MAP[:, 10:] = 7
LABEL_MAP[2:6, 12:20] = 900
LABEL_MAP[10:14, 25:] = 65_535
LABEL_MAP[15:, 12:16] = 3
LABEL_MAP[0, 10:13] = 4
SEGMENTS = [
    LabelledSegment(7, None),
    LabelledSegment(900, 1),
    LabelledSegment(65_535, 0),
    LabelledSegment(3, 1, is_ignored=True),
    LabelledSegment(4, 0),
]


def test_things_become_boxes_classes_and_masks() -> None:
    target = training_target(ObjectMap.from_segments(LABEL_MAP, SEGMENTS))
    assert target["boxes"].tolist() == [[12, 2, 20, 6], [25, 10, 30, 14]]
    assert target["labels"].tolist() == [2, 1]
    assert np.array_equal(target["masks"][0].numpy() > 0, LABEL_MAP == 900)
    assert target["boxes"].dtype == torch.float32
    assert target["masks"].dtype == torch.uint8


def test_unlabelled_pixels_crowds_and_slivers_are_ignored_and_stuff_is_not() -> None:
    target = training_target(ObjectMap.from_segments(LABEL_MAP, SEGMENTS))
    assert np.array_equal(target["ignored"].numpy(), np.isin(LABEL_MAP, [0, 3, 4]))


def test_an_image_without_objects_has_an_empty_target() -> None:
    objects = ObjectMap.from_segments(np.full((8, 9), 7, np.uint16), [LabelledSegment(7, None)])
    target = training_target(objects)
    assert target["boxes"].shape == (0, 4)
    assert target["masks"].shape == (0, 8, 9)
    assert not target["ignored"].any()
    assert objects.is_told


def test_an_id_without_a_segment_is_refused_with_the_name_of_the_image() -> None:
    sample = disc_sample(0)
    sample.segments.pop()
    with pytest.raises(DataError, match=r"discs-0\.png: .*without a segment, e\.g\. 103"):
        read_instances(sample, 2)


def test_a_class_outside_the_list_is_refused() -> None:
    with pytest.raises(DataError, match=r"discs-0\.png: a class index outside 0\.\.0"):
        read_instances(disc_sample(0), 1)


@pytest.mark.parametrize(
    ("size", "expected"),
    [((300, 400), (300, 400)), ((100, 200), (256, 512)), ((1000, 2000), (500, 1000)), ((10, 2000), (5, 1000))],
)
def test_only_images_outside_the_range_of_sides_are_resized(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert working_size(size, 256, 1000) == expected


@pytest.mark.parametrize("augment", [False, True])
def test_a_training_view_is_a_window_whose_labels_move_with_the_image(augment: bool) -> None:
    sample = disc_sample(3, size=90)
    for seed in range(6):
        image, objects = training_view(
            sample.pixels, sample.objects(), (64, 64), np.random.default_rng(seed), augment, quarter_turns=augment
        )
        assert image.shape == (64, 64, 3)
        assert objects.pixels.shape == (64, 64)
        assert set(np.unique(objects.pixels)) <= {-1, 0, 1, 2, 3}
        grey = image.mean(2)
        ground = np.median(grey[objects.pixels == 0])
        for number, index in enumerate(objects.classes, 1):
            inside = grey[objects.pixels == number]
            if inside.size > 20:
                assert (np.median(inside) > ground) == (index == 0)
