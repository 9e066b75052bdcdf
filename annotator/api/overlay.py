"""Thumbnails with labels, a prediction or its uncertainty drawn over them."""

import io

import numpy as np
from django.utils.translation import gettext
from PIL import Image as PillowImage

from annotator import storage
from annotator.api.etags import REVISION
from annotator.labelmap import LARGEST_ID
from annotator.models import Image, Prediction
from annotator.services import labels
from annotator.services.errors import NotFound, ServiceError
from annotator.services.labels import LabelLayer

OPACITY = 0.5
# Colours of no, half and full uncertainty; lightness rises with it, so the map reads without colour vision.
HEAT = ((18, 18, 36), (214, 107, 22), (255, 244, 200))


def draw_thumbnail(image: Image, layer: str | None = None, model: int | None = None) -> bytes:
    """WebP of the thumbnail under a layer: `head`, `revision:N`, `prediction` or `uncertainty`.

    `model` is the id of the model version that predicted, by default the newest. Without `layer`, the head's
    labels or, where nothing is labelled, the newest prediction. Raises NotFound for a layer that there is not,
    ServiceError for a name that is no layer.
    """
    if layer == "uncertainty":
        return _webp(_heat_map(image, _prediction(image, model)))
    picture = _thumbnail(image)
    shown = _layer_to_show(image) if layer is None else _named_layer(image, layer, model)
    if shown is not None:
        colors, labelled = _colors(image, shown)
        ids = _shrunk(shown.tiff().array(), picture.shape[0], picture.shape[1])
        mixed = picture * (1 - OPACITY) + colors[ids] * OPACITY
        picture = np.where(labelled[ids][..., None], mixed, picture)
    return _webp(picture)


def _thumbnail(image: Image) -> np.ndarray:
    with PillowImage.open(io.BytesIO(storage.get(image.thumbnail_key))) as thumbnail:
        return np.asarray(thumbnail.convert("RGB"), np.float32)


def _webp(picture: np.ndarray) -> bytes:
    out = io.BytesIO()
    PillowImage.fromarray(picture.astype(np.uint8)).save(out, "webp", quality=80, method=2)
    return out.getvalue()


def _layer_to_show(image: Image) -> LabelLayer | None:
    if image.head:
        return labels.head_layer(image)
    return labels.prediction_layer(image) if labels.newest_prediction(image) else None


def _named_layer(image: Image, layer: str, model: int | None) -> LabelLayer:
    if layer == "head":
        return labels.head_layer(image)
    if layer == "prediction":
        prediction = _prediction(image, model)
        return LabelLayer(image, image.head, prediction.segments, prediction.label_key)
    name, _, number = layer.partition(":")
    if name == "revision" and REVISION.fullmatch(number):
        return labels.revision_layer(image, int(number))
    raise ServiceError(
        gettext("The layer {layer} is not head, revision:N, prediction or uncertainty.").format(layer=repr(layer))
    )


def _prediction(image: Image, model: int | None) -> Prediction:
    found = labels.newest_prediction(image) if model is None else image.predictions.filter(model=model).first()
    if found is None:
        said = gettext("{name} has no prediction. Pre-label it first.")
        if model is not None:
            said = gettext("{name} has no prediction by model {model}. Pre-label it first.")
        raise NotFound(said.format(name=image.name, model=model))
    return found


def _heat_map(image: Image, prediction: Prediction) -> np.ndarray:
    """The mean entropy under each pixel of the thumbnail as a colour, (H, W, 3) float32."""
    height, width = _thumbnail(image).shape[:2]
    with PillowImage.open(io.BytesIO(storage.get(prediction.uncertainty_key))) as file:
        entropy = np.asarray(file.convert("L").resize((width, height), PillowImage.Resampling.BOX), np.float32) / 255
    stops = np.linspace(0, 1, len(HEAT))
    return np.stack([np.interp(entropy, stops, channel) for channel in zip(*HEAT, strict=True)], axis=-1)


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
