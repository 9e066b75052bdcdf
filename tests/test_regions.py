import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from annotator import regions
from annotator.regions import RunsError, mask_to_runs, runs_to_mask


def test_a_region_is_told_row_by_row_in_image_pixels():
    mask = np.array([[1, 1, 0, 1], [0, 0, 0, 0], [1, 1, 1, 1]], bool)
    assert mask_to_runs(mask, left=10, top=5) == [5, 10, 12, 5, 13, 14, 7, 10, 14]


def test_nothing_is_no_runs():
    assert mask_to_runs(np.zeros((3, 4), bool), 0, 0) == []
    assert mask_to_runs(np.zeros((0, 4), bool), 0, 0) == []


@given(arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=12)), st.integers(0, 9), st.integers(0, 9))
def test_runs_and_mask_are_the_same_region(mask, left, top):
    runs = mask_to_runs(mask, left, top)
    height, width = mask.shape
    assert np.array_equal(runs_to_mask(runs, left=left, top=top, width=width, height=height), mask)


def test_a_large_mask_is_the_same_region_in_blocks(monkeypatch):
    mask = np.random.default_rng(0).random((50, 30)) > 0.5
    whole = mask_to_runs(mask, 3, 4)
    monkeypatch.setattr(regions, "BLOCK_PIXELS", 100)
    assert mask_to_runs(mask, 3, 4) == whole
    shuffled = np.random.default_rng(1).permutation(np.reshape(whole, (-1, 3))).ravel()
    assert np.array_equal(runs_to_mask(shuffled, left=3, top=4, width=30, height=50), mask)


def test_runs_are_cut_at_the_window_and_may_overlap():
    runs = [0, 0, 9, 1, -5, 2, 1, 1, 4, 9, 0, 9]
    mask = runs_to_mask(runs, left=1, top=1, width=4, height=2)
    assert np.array_equal(mask, np.array([[1, 1, 1, 0], [0, 0, 0, 0]], bool))


def test_what_is_no_list_of_triples_is_refused():
    with pytest.raises(RunsError, match="triples"):
        runs_to_mask([1, 2], left=0, top=0, width=4, height=4)
