"""Running a model over images: while a batch is computed, the next one is read and the one before is stored."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from annotator import storage
from annotator.imagefile import read_rgb
from annotator.labelmap import LabelTiff, SegmentRow, count_pixels
from annotator.models import Image, ModelVersion, Prediction
from annotator.services import queue
from annotator.services.backends import LoadedModel
from annotator.services.steps import change_states
from annotator.workflow import WAITING, Action, Role

if TYPE_CHECKING:
    from segmodels.acquisition import PredictionStats
    from segmodels.prediction import SegmentedImage
    from segmodels.prediction_settings import PredictionSettings

BATCH_IMAGES = 8
QUICK_COMPRESSION = 3  # half the time of the usual level; the files are small either way
BATCH_PIXELS = 1 << 24  # of large images, one at a time


def predict_images(
    loaded: LoadedModel,
    model: ModelVersion,
    images: Sequence[Image],
    settings: "PredictionSettings",
    before_batch: Callable[[int], None] = lambda count: None,
    before_pass: Callable[[], None] = lambda: None,
) -> None:
    """Store label map, uncertainty, scores and priority of every image.

    `before_batch` is told how many images are done; `before_pass` is called before every pass through the network,
    of which large images in tiles take many. Both may raise to break off; what is done stays.
    """
    batches = list(_batches(images))
    finished = 0
    with ThreadPoolExecutor(2, "predicting") as pool:
        read = pool.submit(_read, batches[0]) if batches else None
        encoded: Future[list[EncodedPrediction]] | None = None
        try:
            for number in range(len(batches)):
                before_batch(finished)
                assert read is not None
                pixels = read.result()
                read = pool.submit(_read, batches[number + 1]) if number + 1 < len(batches) else None
                segmented = _segmented(loaded, model, pixels, settings, before_pass)
                before, encoded = encoded, pool.submit(_encode, segmented, batches[number], model)
                if before is not None:
                    finished += _store(before.result(), model, settings)
        finally:
            # What was computed is kept, whatever ended the loop.
            if encoded is not None:
                _store(encoded.result(), model, settings)


def _batches(images: Sequence[Image]) -> Iterator[list[Image]]:
    """Consecutive images, at most BATCH_IMAGES and BATCH_PIXELS at once, one at least."""
    batch: list[Image] = []
    pixels = 0
    for image in images:
        size = image.width * image.height
        if batch and (len(batch) == BATCH_IMAGES or pixels + size > BATCH_PIXELS):
            yield batch
            batch, pixels = [], 0
        batch.append(image)
        pixels += size
    if batch:
        yield batch


def _read(images: Sequence[Image]) -> list[NDArray[np.uint8]]:
    return [read_rgb(storage.get(image.file_key), name=image.name) for image in images]


def _segmented(
    loaded: LoadedModel,
    model: ModelVersion,
    pixels: Sequence[NDArray[np.uint8]],
    settings: "PredictionSettings",
    before_pass: Callable[[], None],
) -> list["SegmentedImage"]:
    from segmodels.segmenting import segment_images

    # Backends other than eager have fixed the dropout away.
    backend = None if settings.mc_samples else loaded.backend
    kinds = [row["kind"] for row in model.classes]
    return segment_images(loaded.network, pixels, kinds, settings=settings, backend=backend, before_pass=before_pass)


@dataclass(frozen=True)
class EncodedPrediction:
    """One image's prediction as files in the store and what the row says of them."""

    image: Image
    label_key: str
    uncertainty_key: str
    segments: list[SegmentRow]
    stats: "PredictionStats"


def _encode(
    segmented: Sequence["SegmentedImage"], images: Sequence[Image], model: ModelVersion
) -> list[EncodedPrediction]:
    """Write the files, which the rows will point at."""
    from segmodels.acquisition import PredictionStats

    encoded = []
    for image, prediction in zip(images, segmented, strict=True):
        table = _segment_table(prediction, model)
        pixels = count_pixels([prediction.label_map])
        encoded.append(
            EncodedPrediction(
                image=image,
                label_key=storage.put("labels", _label_file(prediction, table), ".tif"),
                uncertainty_key=storage.put("uncertainty", _grey_png(prediction.entropy), ".png"),
                segments=[{**segment, "pixels": pixels[segment["id"]]} for segment in table],
                stats=PredictionStats.of(prediction, image.content_hash),
            )
        )
    return encoded


def _segment_table(prediction: "SegmentedImage", model: ModelVersion) -> list[SegmentRow]:
    return [
        {
            "id": segment.id,
            "class": model.classes[segment.class_index]["id"],
            "source": "model",
            "score": round(float(segment.score), 4),
            "model": model.pk,
        }
        for segment in prediction.segments
    ]


def _label_file(prediction: "SegmentedImage", table: list[SegmentRow]) -> bytes:
    return LabelTiff.from_array(prediction.label_map, table, QUICK_COMPRESSION).to_bytes()


def _grey_png(entropy: NDArray[np.float32]) -> bytes:
    """8-bit grey PNG of an entropy map (H, W) of 0..1; OpenCV's writer takes half the time of Pillow's."""
    _, png = cv2.imencode(".png", cv2.convertScaleAbs(entropy, alpha=255))
    return png.tobytes()


def _store(encoded: Sequence[EncodedPrediction], model: ModelVersion, settings: "PredictionSettings") -> int:
    """Write the rows of one batch in one transaction; images that were deleted meanwhile are left out."""
    with transaction.atomic():
        locked = Image.objects.select_for_update().in_bulk([one.image.pk for one in encoded])
        present = [one for one in encoded if one.image.pk in locked]
        Prediction.objects.bulk_create(
            [_row(one, model, settings) for one in present],
            update_conflicts=True,
            unique_fields=["image", "model"],
            update_fields=[
                "label_key",
                "uncertainty_key",
                "segments",
                "mean_entropy",
                "mean_confidence",
                "settings",
                "created",
            ],
        )
        model.project.role = Role.OWNER
        waiting = []
        for one in present:
            image = locked[one.image.pk]
            if image.state in WAITING:
                image.priority = queue.acquisition_score(model.project, one.stats)
                image.project = model.project
                waiting.append(image)
        change_states(waiting, Action.PRELABEL, None, ["priority"])
    return len(encoded)


def _row(one: EncodedPrediction, model: ModelVersion, settings: "PredictionSettings") -> Prediction:
    return Prediction(
        image=one.image,
        model=model,
        label_key=one.label_key,
        uncertainty_key=one.uncertainty_key,
        segments=one.segments,
        mean_entropy=one.stats.mean_entropy,
        mean_confidence=one.stats.mean_confidence,
        settings=settings.to_dict(),
    )
