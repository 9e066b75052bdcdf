"""Thumbnails with the labels drawn over them."""

import io

import numpy as np
from PIL import Image as PillowImage

from annotator import storage
from annotator.labelmap import LARGEST_ID
from annotator.models import Image
from annotator.services import labels
from annotator.services.labels import LabelLayer

OPACITY = 0.5


def thumbnail_with_labels(image: Image) -> bytes:
    """WebP of the thumbnail under the head's labels, or those of the newest prediction where nothing is labelled."""
    with PillowImage.open(io.BytesIO(storage.get(image.thumbnail_key))) as thumbnail:
        picture = np.asarray(thumbnail.convert("RGB"), np.float32)
    layer = _layer_to_show(image)
    if layer is not None:
        colors, labelled = _colors(image, layer)
        ids = _shrunk(layer.tiff().array(), picture.shape[0], picture.shape[1])
        mixed = picture * (1 - OPACITY) + colors[ids] * OPACITY
        picture = np.where(labelled[ids][..., None], mixed, picture)
    out = io.BytesIO()
    PillowImage.fromarray(picture.astype(np.uint8)).save(out, "webp", quality=80, method=2)
    return out.getvalue()


def _layer_to_show(image: Image) -> LabelLayer | None:
    if image.head:
        return labels.head_layer(image)
    return labels.prediction_layer(image) if labels.newest_prediction(image) else None


def _colors(image: Image, layer: LabelLayer) -> tuple[np.ndarray, np.ndarray]:
    by_class = {row.pk: row.color for row in image.project.classes.all()}
    colors = np.zeros((LARGEST_ID + 1, 3), np.float32)
    labelled = np.zeros(LARGEST_ID + 1, bool)
    for segment in layer.segments:
        if color := by_class.get(segment["class"]):
            colors[segment["id"]] = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
            labelled[segment["id"]] = True
    return colors, labelled


def _shrunk(array: np.ndarray, height: int, width: int) -> np.ndarray:
    """Nearest neighbours at pixel centres: ids are never mixed."""
    rows = ((np.arange(height) + 0.5) * array.shape[0] / height).astype(int)
    columns = ((np.arange(width) + 0.5) * array.shape[1] / width).astype(int)
    return array[rows[:, None], columns]
