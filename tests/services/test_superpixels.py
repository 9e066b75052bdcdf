"""Superpixels cover the image, each one connected, and are made once for a content and scale."""

from datetime import timedelta

import cv2
import numpy as np
import pytest
from scipy import ndimage

from annotator import storage
from annotator.labelmap import LabelTiff
from annotator.models import Image, Job, JobState
from annotator.services import jobs, maintenance, superpixels
from annotator.services.crops import Pixels
from annotator.services.superpixels import cut_into_superpixels


@pytest.fixture(autouse=True)
def no_broker(monkeypatch):
    monkeypatch.setattr(jobs.app, "send_task", lambda *args, **kwargs: None)


def two_halves(height: int = 90, width: int = 120) -> np.ndarray:
    """Dark left of a slanted line, bright right of it, with a little noise."""
    y, x = np.mgrid[:height, :width]
    bright = (x + y / 3 > width / 2)[..., None]
    noise = np.random.default_rng(0).integers(0, 12, (height, width, 3))
    return (np.where(bright, 200, 40) + noise).astype(np.uint8)


def cut(pixels: Pixels, side_px: int, *, factor: float = 1) -> np.ndarray:
    """Superpixels of a picture that is cut on a copy smaller by a factor."""
    height, width = pixels.shape[:2]
    small = cv2.resize(pixels, (round(width / factor), round(height / factor)), interpolation=cv2.INTER_AREA)
    return cut_into_superpixels(small, side_px, size=(width, height), read_rows=lambda top, bottom: pixels[top:bottom])


def on_the_wrong_side(regions: np.ndarray, bright: np.ndarray) -> int:
    """Pixels of a half in regions that belong to the other one."""
    pairs = [(int(bright[regions == one].sum()), int((regions == one).sum())) for one in np.unique(regions)]
    return sum(min(lit, area - lit) for lit, area in pairs)


@pytest.mark.parametrize("side_px", [6, 12, 30])
@pytest.mark.parametrize("size", [(120, 90), (301, 217)])
def test_superpixels_are_connected_and_cover_the_image(side_px, size):
    large = cv2.resize(two_halves(), size, interpolation=cv2.INTER_CUBIC)
    regions = cut_into_superpixels(two_halves(), side_px, size=size, read_rows=lambda top, bottom: large[top:bottom])
    assert (regions.shape, regions.dtype) == (size[::-1], np.uint16)
    assert regions.min() >= 1
    for region in np.unique(regions):
        assert ndimage.label(regions == region)[1] == 1


def test_they_keep_to_the_edges_of_the_picture():
    pixels = two_halves()
    bright = pixels[..., 0] > 120
    y, x = np.mgrid[:90, :120]
    squares = y // 12 * 10 + x // 12
    assert on_the_wrong_side(cut(pixels, 12), bright) < on_the_wrong_side(squares, bright) / 5


def test_an_edge_is_as_sharp_as_the_picture_though_they_are_cut_on_a_smaller_copy(monkeypatch):
    pixels = two_halves(300, 420)
    bright = pixels[..., 0] > 120
    refined = on_the_wrong_side(cut(pixels, 10, factor=3), bright)
    monkeypatch.setattr(superpixels, "refine_borders", lambda regions, *rest: regions)
    assert refined < on_the_wrong_side(cut(pixels, 10, factor=3), bright) / 4


def test_where_nothing_is_to_be_seen_no_border_is_ragged():
    pixels = np.random.default_rng(0).normal(120, 6, (240, 240, 1)).clip(0, 255).astype(np.uint8).repeat(3, axis=2)
    regions = cut(pixels, 12, factor=2)
    steps = (regions[1:] != regions[:-1]).sum() + (regions[:, 1:] != regions[:, :-1]).sum()
    squares = 2 * 9 * 240
    assert steps < 1.5 * squares


def test_coarse_ones_are_larger_than_fine_ones():
    fine, coarse = (cut(two_halves(), side).max() for side in (6, 30))
    assert fine > 8 * coarse


def test_they_are_made_once_for_a_content_and_scale(add_image, alice, run_job):
    image = add_image(1)
    assert superpixels.find_superpixels(image, "fine") is None
    job = superpixels.start_superpixels(image=image, user=alice, scale="fine")
    assert superpixels.start_superpixels(image=image, user=alice, scale="fine") == job
    assert superpixels.start_superpixels(image=image, user=alice, scale="coarse") != job
    assert run_job(job).state == JobState.SUCCEEDED
    key = superpixels.find_superpixels(image, "fine")
    assert superpixels.find_superpixels(image, "coarse") is None
    array = LabelTiff.from_bytes(storage.get(key)).array()
    assert array.shape == (image.height, image.width)
    assert array.min() == 1


def test_another_algorithm_makes_them_again(add_image, alice, run_job, monkeypatch):
    image = add_image(1)
    run_job(superpixels.start_superpixels(image=image, user=alice, scale="fine"))
    monkeypatch.setattr(superpixels, "ALGORITHM", superpixels.ALGORITHM + 1)
    assert superpixels.find_superpixels(image, "fine") is None


def test_a_job_that_is_taken_up_again_makes_nothing_twice(add_image, alice, run_job, monkeypatch):
    image = add_image(1)
    run_job(superpixels.start_superpixels(image=image, user=alice, scale="fine"))
    monkeypatch.setattr(superpixels, "cut_into_superpixels", lambda *args, **kwargs: pytest.fail("made again"))
    assert run_job(superpixels.start_superpixels(image=image, user=alice, scale="fine")).state == JobState.SUCCEEDED


def test_the_borders_of_a_large_image_without_a_pyramid_are_refined_too(add_image, alice, run_job, settings):
    image = add_image(1)
    settings.PYRAMID_PIXELS = 10
    assert run_job(superpixels.start_superpixels(image=image, user=alice, scale="fine")).state == JobState.SUCCEEDED
    stored = storage.get(superpixels.key_of(image, "fine"))
    settings.PYRAMID_PIXELS = 10**9
    storage.delete(superpixels.key_of(image, "fine"))
    assert run_job(superpixels.start_superpixels(image=image, user=alice, scale="fine")).state == JobState.SUCCEEDED
    again = storage.get(superpixels.key_of(image, "fine"))
    assert np.array_equal(LabelTiff.from_bytes(stored).array(), LabelTiff.from_bytes(again).array())


def test_a_job_whose_image_was_deleted_ends_well(add_image, alice, run_job):
    job = superpixels.start_superpixels(image=add_image(1), user=alice, scale="fine")
    Image.objects.all().delete()
    assert run_job(job).state == JobState.SUCCEEDED


def test_what_nobody_looked_at_for_long_goes(add_image, alice, run_job, monkeypatch):
    image = add_image(1)
    job = superpixels.start_superpixels(image=image, user=alice, scale="fine")
    run_job(job)
    maintenance.collect_garbage()
    assert superpixels.find_superpixels(image, "fine")
    monkeypatch.setitem(maintenance.KEEP_UNUSED, superpixels.KIND, timedelta(seconds=-1))
    monkeypatch.setattr(maintenance, "KEEP_SMALL_JOBS", timedelta(seconds=-1))
    maintenance.collect_garbage()
    assert superpixels.find_superpixels(image, "fine") is None
    assert not Job.objects.filter(pk=job.pk).exists()
