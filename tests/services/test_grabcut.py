"""A box on an image is answered with the object in it, in image pixels."""

import io
import tracemalloc

import numpy as np
import pytest
from PIL import Image as PillowImage

from annotator.models import Image
from annotator.regions import mask_to_runs, runs_to_mask
from annotator.services import grabcut, images
from annotator.services.errors import ServiceError

SQUARE = (slice(70, 130), slice(60, 150))


@pytest.fixture
def image(project, alice):
    """A blue rectangle on noise of yellow, 300x200."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 30, (200, 300, 3)) + (200, 180, 40)
    pixels[SQUARE] = rng.integers(0, 30, (60, 90, 3)) + (20, 30, 190)
    out = io.BytesIO()
    PillowImage.fromarray(pixels.astype(np.uint8)).save(out, "png")
    return images.add_image(project=project, user=alice, name="square.png", data=out.getvalue())


def drawn(runs: list[int]) -> np.ndarray:
    return runs_to_mask(runs, left=0, top=0, width=300, height=200)


def truth() -> np.ndarray:
    mask = np.zeros((200, 300), bool)
    mask[SQUARE] = True
    return mask


def test_the_object_in_the_box_is_found(image):
    found = drawn(grabcut.find_object(image=image, box=(50, 60, 160, 140)))
    assert (found ^ truth()).sum() < 60


def test_a_box_that_leaves_the_image_is_cut(image):
    found = drawn(grabcut.find_object(image=image, box=(-500, -500, 5000, 5000)))
    assert (found ^ truth()).sum() < 60


def test_what_is_to_be_kept_is_in_the_answer(image):
    keep = np.zeros((200, 300), bool)
    keep[62:66, 100:110] = True
    found = drawn(grabcut.find_object(image=image, box=(50, 60, 160, 140), keep=mask_to_runs(keep, 0, 0)))
    assert found[keep].all()


def test_what_is_to_be_dropped_is_not_in_the_answer(image):
    drop = np.zeros((200, 300), bool)
    drop[90:96, 100:110] = True
    runs = mask_to_runs(drop, 0, 0)
    found = drawn(grabcut.find_object(image=image, box=(50, 60, 160, 140), keep=runs, drop=runs))
    assert not found[drop].any()
    assert (found ^ truth()).sum() < 600


@pytest.mark.parametrize("box", [(10, 10, 10, 50), (50, 10, 10, 50), (300, 0, 400, 100), (0, -9, 100, 0)])
def test_a_box_without_pixels_is_refused(image, box):
    with pytest.raises(ServiceError, match="no pixels"):
        grabcut.find_object(image=image, box=box)


def test_a_box_of_few_pixels_is_refused(image):
    with pytest.raises(ServiceError, match="too small"):
        grabcut.find_object(image=image, box=(10, 10, 13, 60))


def test_runs_that_are_none_are_refused(image):
    with pytest.raises(ServiceError, match="triples"):
        grabcut.find_object(image=image, box=(10, 10, 60, 60), keep=[1, 2])
    with pytest.raises(ServiceError, match="triples"):
        grabcut.find_object(image=image, box=(10, 10, 60, 60), drop=[1, 2])


def test_a_huge_box_is_refused_and_says_what_to_do(project, image):
    Image.objects.filter(pk=image.pk).update(width=9000, height=9000)
    image.refresh_from_db()
    with pytest.raises(ServiceError, match=r"81 megapixels, at most 16 .* closer around the object"):
        grabcut.find_object(image=image, box=(0, 0, 9000, 9000))


@pytest.mark.parametrize("box", [(500, 500, 2500, 1500), (0, 1000, 6000, 1200)])
def test_a_box_takes_little_memory_beside_its_masks(image, monkeypatch, box):
    Image.objects.filter(pk=image.pk).update(width=6000, height=3000)
    image.refresh_from_db()
    crops = []

    def read_small(image, crop, *, max_pixels):
        crops.append(crop)
        return np.random.default_rng(0).integers(0, 255, (200, 400, 3)).astype(np.uint8)

    monkeypatch.setattr(grabcut, "read_crop", read_small)
    monkeypatch.setattr(grabcut, "LARGEST_CROP_PIXELS", 4_000_000)
    runs = [number for y in range(box[1], box[3], 2) for number in (y, box[0], box[2])]
    tracemalloc.start()
    found = grabcut.find_object(image=image, box=box, keep=runs * 2, drop=[box[1] + 1, box[0], box[2]])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(found) >= len(runs)
    (crop,) = crops
    assert crop.width * crop.height <= 4_000_000
    for_blocks_and_runs = 24_000_000
    assert peak < 6 * crop.width * crop.height + for_blocks_and_runs
