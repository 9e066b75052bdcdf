from pathlib import Path

import numpy as np
import pytest

from segmodels import data
from segmodels.batches import prefetched, sample_order
from segmodels.data import SampleCache, resize_image, resize_target
from segmodels.evaluation import ValidationSet


def test_one_series_of_shuffles_draws_every_sample_once_per_pass() -> None:
    drawn = sample_order(7, seed=3, start=0, length=21)
    assert [sorted(drawn[start : start + 7]) for start in (0, 7, 14)] == [list(range(7))] * 3
    assert drawn[:7] != drawn[7:14]
    assert sample_order(7, seed=3, start=5, length=9) == drawn[5:14]
    assert sample_order(7, seed=4, start=0, length=21) != drawn


def test_shrunken_labels_hold_only_values_that_were_there() -> None:
    target = np.random.default_rng(0).choice(np.array([-1, 5, 9], np.int16), (50, 70))
    assert set(np.unique(resize_target(target, (33, 128)))) <= {-1, 5, 9}


def test_image_and_labels_stay_aligned_when_resized() -> None:
    target = np.zeros((100, 100), np.int16)
    target[:, 50:] = 1
    image = np.repeat((target * 200).astype(np.uint8)[..., None], 3, axis=2)
    for size in ((30, 30), (37, 53), (200, 160)):
        bright = resize_image(image, size)[..., 0] > 100
        assert (bright != (resize_target(target, size) == 1)).mean() < 0.02


def test_a_large_cache_lies_in_files_and_holds_the_same(
    tmp_path: Path, samples: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = SampleCache.build(samples, 3, (32, 48), tmp_path / "small")
    monkeypatch.setattr(data, "MEMORY_LIMIT_BYTES", 1000)
    large = SampleCache.build(samples, 3, (32, 48), tmp_path / "large")
    assert not list(tmp_path.iterdir())
    assert isinstance(large.images, np.memmap)
    assert np.array_equal(small.images, large.images) and np.array_equal(small.targets, large.targets)


def test_validation_keeps_the_labels_at_their_own_resolution(tmp_path: Path, samples: list) -> None:
    validation = ValidationSet.build(samples, 3, (16, 16), tmp_path / "validation")
    for sample, packed in zip(samples, validation.targets, strict=True):
        assert np.array_equal(packed.unpack(), sample.target())


def test_huge_validation_labels_are_brought_down(tmp_path: Path, sample: object) -> None:
    huge = sample(1, 1500, 2000)  # type: ignore[operator]
    (packed,) = ValidationSet.build([huge], 3, (16, 16), tmp_path / "validation").targets
    assert packed.shape[0] * packed.shape[1] <= 1 << 20
    assert packed.shape[1] / packed.shape[0] == pytest.approx(4 / 3, abs=0.01)


def test_batches_come_in_order_and_an_error_reaches_the_caller() -> None:
    assert list(prefetched(lambda step: step * 10, range(3, 6))) == [(3, 30), (4, 40), (5, 50)]
    assert list(prefetched(lambda step: step, range(0))) == []

    def fails(step: int) -> int:
        raise OSError("unreadable")

    with pytest.raises(OSError, match="unreadable"):
        list(prefetched(fails, range(2)))
