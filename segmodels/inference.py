"""From images to class maps, confidence and uncertainty."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

import cv2
import numpy as np
from numpy.typing import NDArray

from segmodels.backends.backend import Backend
from segmodels.backends.eager import EagerBackend
from segmodels.checkpoints import SegmentationModel
from segmodels.data import resize_image
from segmodels.embeddings import embed
from segmodels.ensembling import Scores, scoring
from segmodels.forward import class_logits, class_probabilities
from segmodels.pixel_scores import normalised_entropy, rank
from segmodels.prediction import PixelPrediction
from segmodels.prediction_settings import PredictionSettings
from segmodels.tiling import TileGrid, blend

__all__ = [
    "PixelPrediction",
    "PredictionSettings",
    "class_logits",
    "class_probabilities",
    "embed",
    "enlarged_argmax",
    "normalised_entropy",
    "pixel_prediction",
    "predict",
]

DEFAULT_SETTINGS = PredictionSettings()


def predict(
    model: SegmentationModel,
    images: Sequence[NDArray[np.uint8]],
    *,
    settings: PredictionSettings = DEFAULT_SETTINGS,
    backend: Backend | None = None,
    before_pass: Callable[[], None] = lambda: None,
) -> list[PixelPrediction]:
    """One prediction per uint8 (H, W, 3) image, each in its own size.

    Images or tiles of one size (see PredictionSettings) are run in batches of the model's `batch_size` by
    `backend`, which must have been opened for this model; None is the eager one. `before_pass` is called before
    every pass through the network and may raise to break off.
    """
    score = scoring(model, backend or EagerBackend(model), settings, before_pass)
    class_count, batch_size = len(model.classes), model.settings.batch_size
    if settings.mode == "tiles":
        grids = [_grid(image, model, settings) for image in images]
        tiles = (tile for image, grid in zip(images, grids, strict=True) for tile in grid.cut(image))
        results = (of_tile for chunk in _chunks(tiles, batch_size) for of_tile in score(np.stack(chunk)))
        return [
            _tiled_prediction(image, grid, results, class_count, settings)
            for image, grid in zip(images, grids, strict=True)
        ]
    resized = (resize_image(image, model.settings.image_size) for image in images)
    scores = (of_image for chunk in _chunks(resized, batch_size) for of_image in score(np.stack(chunk)))
    return [
        _enlarged_prediction(of_image, (image.shape[0], image.shape[1]), class_count, settings)
        for image, of_image in zip(images, scores, strict=True)
    ]


def pixel_prediction(
    probabilities: NDArray[np.float32], size: tuple[int, int], settings: PredictionSettings = DEFAULT_SETTINGS
) -> PixelPrediction:
    """Enlarge (C, h, w) probabilities to `size` = (height, width), one class at a time to spare memory.

    The entropy is taken at the network's size and enlarged bilinearly.
    """
    return _enlarged_prediction(probabilities, size, len(probabilities), settings)


def enlarged_argmax(
    probabilities: NDArray[np.float32], size: tuple[int, int]
) -> tuple[NDArray[np.int16], NDArray[np.float32]]:
    """Winning class (int16) and its probability (float32) at `size`, from (C, h, w)."""
    ranking = rank(_enlarged_maps(probabilities, size))
    return ranking.class_index, ranking.first


def _chunks(arrays: Iterable[NDArray[np.uint8]], size: int) -> Iterator[list[NDArray[np.uint8]]]:
    remaining = iter(arrays)
    while chunk := list(islice(remaining, size)):
        yield chunk


def _grid(image: NDArray[np.uint8], model: SegmentationModel, settings: PredictionSettings) -> TileGrid:
    size = image.shape[0], image.shape[1]
    return TileGrid.cover(size, settings.tile_size or model.settings.image_size, settings.overlap)


def _enlarged_prediction(
    scores: Scores, size: tuple[int, int], class_count: int, settings: PredictionSettings
) -> PixelPrediction:
    ranking = rank(_enlarged_maps(scores[:class_count], size), settings.margin)
    entropy = normalised_entropy(scores[:class_count])
    margin = None if ranking.second is None else ranking.first - ranking.second
    information = None
    if settings.mc_samples:
        information = _enlarged(np.maximum(entropy - scores[class_count], 0), size)
    return PixelPrediction(ranking.class_index, ranking.first, _enlarged(entropy, size), margin, information)


def _tiled_prediction(
    image: NDArray[np.uint8],
    grid: TileGrid,
    tiles: Iterator[Scores],
    class_count: int,
    settings: PredictionSettings,
) -> PixelPrediction:
    size = image.shape[0], image.shape[1]
    class_index, confidence = np.empty(size, np.int16), np.empty(size, np.float32)
    entropy = np.empty(size, np.float32)
    margin = np.empty(size, np.float32) if settings.margin else None
    information = np.empty(size, np.float32) if settings.mc_samples else None

    def finished(rows: slice, columns: slice, scores: Scores) -> None:
        part = _enlarged_prediction(scores, (scores.shape[1], scores.shape[2]), class_count, settings)
        class_index[rows, columns] = part.class_index
        confidence[rows, columns] = part.confidence
        entropy[rows, columns] = part.entropy
        if margin is not None:
            margin[rows, columns] = part.margin
        if information is not None:
            information[rows, columns] = part.mutual_information

    blend(grid, tiles, finished)
    return PixelPrediction(class_index, confidence, entropy, margin, information)


def _enlarged_maps(probabilities: NDArray[np.float32], size: tuple[int, int]) -> Iterator[NDArray[np.float32]]:
    """The maps of all classes at `size`, each in the memory of the one before it."""
    if probabilities.shape[1:] == size:
        yield from probabilities
        return
    enlarged = np.empty(size, np.float32)
    for of_class in probabilities:
        cv2.resize(of_class, size[::-1], dst=enlarged, interpolation=cv2.INTER_LINEAR)
        yield enlarged


def _enlarged(values: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    if values.shape == size:
        return values.copy()
    return np.asarray(cv2.resize(values, size[::-1], interpolation=cv2.INTER_LINEAR), np.float32)
