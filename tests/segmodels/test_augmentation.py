import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmodels.augment import augmented, warped


@given(seed=st.integers(0, 2**32), height=st.integers(16, 80), width=st.integers(16, 80))
@settings(max_examples=40, deadline=None)
def test_labels_are_never_invented_and_sizes_stay(seed: int, height: int, width: int) -> None:
    random = np.random.default_rng(seed)
    target = random.choice(np.array([-1, 2, 7], np.int16), (height, width))
    image = random.integers(0, 256, (height, width, 3), np.uint8)
    moved, labels = augmented(image, target, random, blur=0.5, elastic=0.5)
    assert moved.shape == image.shape and moved.dtype == np.uint8
    assert labels.shape == target.shape and labels.dtype == np.int16
    assert set(np.unique(labels)) <= {-1, 2, 7}


@pytest.mark.parametrize("elastic", [0.0, 1.0])
def test_image_and_labels_move_together(elastic: float) -> None:
    target = np.zeros((60, 80), np.int16)
    target[10:40, 5:30] = 1
    image = np.repeat(np.where(target == 1, 250, 5).astype(np.uint8)[..., None], 3, axis=2)
    for seed in range(30):
        moved, labels = augmented(image, target, np.random.default_rng(seed), elastic=elastic)
        threshold = (float(moved[labels == 1].mean()) + float(moved[labels == 0].mean())) / 2
        bright = moved[..., 0] > threshold
        assert (bright == (labels == 1))[labels >= 0].mean() > 0.97


def test_a_view_that_leaves_the_image_is_unlabelled_there() -> None:
    target = np.zeros((40, 40), np.int16)
    image = np.zeros((40, 40, 3), np.uint8)
    views = [augmented(image, target, np.random.default_rng(seed))[1] for seed in range(40)]
    outside = [view for view in views if (view == -1).any()]
    assert outside
    assert all((view == 0).mean() > 0.4 for view in outside)


def test_the_same_seed_gives_the_same_view() -> None:
    random = np.random.default_rng(0)
    image = random.integers(0, 256, (32, 32, 3), np.uint8)
    target = random.integers(0, 3, (32, 32)).astype(np.int16)
    first, second = (augmented(image, target, np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(first[0], second[0]) and np.array_equal(first[1], second[1])


def test_what_is_switched_off_changes_no_view() -> None:
    random = np.random.default_rng(0)
    image = random.integers(0, 256, (32, 32, 3), np.uint8)
    target = random.integers(0, 3, (32, 32)).astype(np.int16)
    plain, spelled = np.random.default_rng(5), np.random.default_rng(5)
    first, second = augmented(image, target, plain), augmented(image, target, spelled, blur=0.0, elastic=0.0)
    assert np.array_equal(first[0], second[0]) and np.array_equal(first[1], second[1])
    assert plain.bit_generator.state == spelled.bit_generator.state


def test_blur_softens_the_image_and_leaves_the_labels() -> None:
    image = np.zeros((40, 40, 3), np.uint8)
    image[:, ::2] = 255
    target = (image[..., 0] > 0).astype(np.int16)
    sharp, labels = augmented(image, target, np.random.default_rng(3))
    soft, same = augmented(image, target, np.random.default_rng(3), blur=1.0)
    assert np.array_equal(labels, same)
    assert soft.astype(int).std() < sharp.astype(int).std()


def test_a_thin_line_survives_every_warp_in_one_piece() -> None:
    for seed in range(60):
        random = np.random.default_rng(seed)
        angle = random.uniform(0, np.pi)
        middle, reach = np.array([48.0, 40.0]), np.array([np.cos(angle), np.sin(angle)]) * 30
        start, end = (tuple(int(round(value)) for value in middle + sign * reach) for sign in (-1, 1))
        drawn = np.zeros((80, 96), np.uint8)
        cv2.line(drawn, start, end, 1, thickness=2)
        target = drawn.astype(np.int16)
        _, labels = warped(np.zeros((80, 96, 3), np.uint8), target, random)
        pieces, _, stats, _ = cv2.connectedComponentsWithStats((labels == 1).astype(np.uint8), connectivity=8)
        assert pieces == 2, f"seed {seed}: {pieces - 1} pieces"
        assert 0.6 < (labels == 1).sum() / target.sum() < 1.7
        extent = np.hypot(stats[1, cv2.CC_STAT_WIDTH], stats[1, cv2.CC_STAT_HEIGHT])
        assert extent > 0.7 * 60


def test_warps_bend_outlines() -> None:
    target = np.zeros((64, 64), np.int16)
    target[:, 32:] = 1
    image = np.zeros((64, 64, 3), np.uint8)
    edges = [(warped(image, target, np.random.default_rng(seed))[1] == 1).argmax(1) for seed in range(10)]
    assert max(np.ptp(edge) for edge in edges) >= 3
