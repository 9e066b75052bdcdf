import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from segmodels.augment import augmented


@given(seed=st.integers(0, 2**32), height=st.integers(16, 80), width=st.integers(16, 80))
@settings(max_examples=40, deadline=None)
def test_labels_are_never_invented_and_sizes_stay(seed: int, height: int, width: int) -> None:
    random = np.random.default_rng(seed)
    target = random.choice(np.array([-1, 2, 7], np.int16), (height, width))
    image = random.integers(0, 256, (height, width, 3), np.uint8)
    moved, labels = augmented(image, target, random)
    assert moved.shape == image.shape and moved.dtype == np.uint8
    assert labels.shape == target.shape and labels.dtype == np.int16
    assert set(np.unique(labels)) <= {-1, 2, 7}


def test_image_and_labels_move_together() -> None:
    target = np.zeros((60, 80), np.int16)
    target[10:40, 5:30] = 1
    image = np.repeat(np.where(target == 1, 250, 5).astype(np.uint8)[..., None], 3, axis=2)
    for seed in range(30):
        moved, labels = augmented(image, target, np.random.default_rng(seed))
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
