"""Tiles over an image, seen through a backend that stands for a small convolutional network."""

import tracemalloc

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from segmodels.architectures import build_network
from segmodels.checkpoints import Normalisation, SegmentationModel
from segmodels.inference import PredictionSettings, predict
from segmodels.prediction import PixelPrediction
from segmodels.settings import ClassSpec, TrainingSettings
from segmodels.tiling import Axis, TileGrid, blend


class BlurBackend:
    """Class probabilities of a pixel from the colours in the 5x5 around it, zero beyond the border."""

    name = "blur"

    def __init__(self, class_count: int) -> None:
        self.weights = np.random.default_rng(0).normal(0, 0.1, (class_count, 3)).astype(np.float32)
        self.batches: list[int] = []

    def probabilities(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        self.batches.append(len(images))
        means = np.stack([cv2.blur(i.astype(np.float32), (5, 5), borderType=cv2.BORDER_CONSTANT) for i in images])
        powers = np.exp(np.einsum("nhwk,ck->nchw", means - 128, self.weights))
        return np.asarray(powers / powers.sum(1, keepdims=True), np.float32)


@pytest.fixture(scope="module")
def model() -> SegmentationModel:
    module = build_network("unet", "mobilenet_v2", 4).eval()
    made_with = TrainingSettings(encoder="mobilenet_v2", image_size=(32, 48), batch_size=3)
    return SegmentationModel(
        module, [ClassSpec(name) for name in "abcd"], made_with, Normalisation.of_encoder("mobilenet_v2")
    )


def image(height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    rough = np.random.default_rng(seed).integers(0, 256, (height // 8 + 2, width // 8 + 2, 3), np.uint8)
    return np.asarray(cv2.resize(rough, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def in_tiles(
    model: SegmentationModel, pixels: NDArray[np.uint8], class_count: int = 4, **changed: object
) -> PixelPrediction:
    chosen = PredictionSettings.from_dict({"mode": "tiles", "tile_size": [64, 80], "margin": True} | changed)
    return predict(model, [pixels], settings=chosen, backend=BlurBackend(class_count))[0]


@given(length=st.integers(1, 700), tile=st.integers(16, 200), overlap=st.floats(0, 0.5))
@settings(deadline=None)
def test_weights_add_up_to_one_everywhere(length: int, tile: int, overlap: float) -> None:
    axis = Axis.cover(length, tile, overlap)
    total = np.zeros(max(length, tile))
    for start, weights in zip(axis.starts, axis.weights, strict=True):
        total[start : start + tile] += weights
    np.testing.assert_allclose(total, 1, atol=1e-5)
    for before, after in zip(axis.starts, axis.starts[1:], strict=False):
        assert 0 < after - before <= max(1, int(tile * (1 - overlap)))


@given(
    height=st.integers(1, 90),
    width=st.integers(1, 90),
    tile=st.integers(16, 40),
    overlap=st.sampled_from([0, 0.3, 0.5]),
)
@settings(deadline=None, max_examples=40)
def test_what_is_cut_and_blended_is_the_image_again(height: int, width: int, tile: int, overlap: float) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)
    grid = TileGrid.cover((height, width), (tile, tile + 5), overlap)
    again = np.full((3, height, width), np.nan, np.float32)
    tiles = [cut.transpose(2, 0, 1).astype(np.float32) for cut in grid.cut(pixels)]
    assert len(tiles) == len(grid)

    def finished(rows: slice, columns: slice, part: NDArray[np.float32]) -> None:
        assert np.isnan(again[:, rows, columns]).all()
        again[:, rows, columns] = part

    blend(grid, iter(tiles), finished)
    np.testing.assert_allclose(again, pixels.transpose(2, 0, 1), atol=0.01)


@pytest.mark.parametrize("size", [(150, 211), (64, 80), (65, 300), (30, 40), (30, 200)])
def test_tiles_say_the_same_as_the_whole_image_away_from_its_border(
    model: SegmentationModel, size: tuple[int, int]
) -> None:
    pixels = image(*size)
    whole = BlurBackend(4).probabilities(pixels[None])[0]
    tiled = in_tiles(model, pixels)
    assert tiled.class_index.shape == tiled.confidence.shape == tiled.entropy.shape == size
    inner = np.s_[4:-4, 4:-4]
    np.testing.assert_allclose(tiled.confidence[inner], whole.max(0)[inner], atol=1e-4)
    sure = np.sort(whole, 0)[-1] - np.sort(whole, 0)[-2] > 0.01
    assert np.array_equal(tiled.class_index[inner][sure[inner]], whole.argmax(0)[inner][sure[inner]])
    assert tiled.margin is not None
    np.testing.assert_allclose(tiled.margin[inner], (np.sort(whole, 0)[-1] - np.sort(whole, 0)[-2])[inner], atol=2e-4)


def test_without_overlap_the_tiles_show_and_with_overlap_they_do_not(model: SegmentationModel) -> None:
    pixels = image(192, 240)
    whole = BlurBackend(4).probabilities(pixels[None])[0].max(0)
    error = [np.abs(in_tiles(model, pixels, overlap=share).confidence - whole)[4:-4, 4:-4].max() for share in (0, 0.25)]
    assert error[0] > 0.01
    assert error[1] < 1e-4


def test_tiles_of_several_images_share_batches(model: SegmentationModel) -> None:
    backend = BlurBackend(4)
    chosen = PredictionSettings(mode="tiles", tile_size=(64, 64), overlap=0)
    images = [image(64, 128), image(128, 128, 1), image(64, 64, 2)]
    together = predict(model, images, settings=chosen, backend=backend)
    assert backend.batches == [3, 3, 1]
    for pixels, prediction in zip(images, together, strict=True):
        alone = predict(model, [pixels], settings=chosen, backend=BlurBackend(4))[0]
        assert np.array_equal(prediction.class_index, alone.class_index)


def test_memory_does_not_hold_every_class_of_a_large_image() -> None:
    class_count, height, width = 40, 800, 600
    module = build_network("unet", "mobilenet_v2", 2).eval()
    made_with = TrainingSettings(encoder="mobilenet_v2", image_size=(64, 64), batch_size=2)
    many = SegmentationModel(
        module, [ClassSpec(str(number)) for number in range(class_count)], made_with,
        Normalisation.of_encoder("mobilenet_v2"),
    )  # fmt: skip
    pixels = image(height, width)
    tracemalloc.start()
    in_tiles(many, pixels, class_count, tile_size=[64, 64])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    whole_bytes = class_count * height * width * 4
    assert peak < whole_bytes / 4
