"""Label maps as they are read: the head of an image, one of its revisions, a prediction."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from annotator import storage
from annotator.labelmap import LabelTiff, SegmentRow
from annotator.models import Image, Prediction
from annotator.services.errors import NotFound


@dataclass(frozen=True)
class LabelLayer:
    """A stored label map: its revision (0 = nothing yet), table of segments, and file (None = blank)."""

    image: Image
    revision: int
    segments: list[SegmentRow]
    label_key: str | None

    def tiff(self) -> LabelTiff:
        if self.label_key is None:
            return LabelTiff.blank(self.image.width, self.image.height)
        return LabelTiff.from_bytes(storage.get(self.label_key))


def head_layer(image: Image) -> LabelLayer:
    """The newest labels of an image, also where its row was read before the last of its saves."""
    newest = image.revisions.order_by("-number").first() if image.head else None
    if newest is None:
        return LabelLayer(image, 0, [], None)
    return LabelLayer(image, newest.number, newest.segments, newest.label_key)


def revision_layer(image: Image, number: int) -> LabelLayer:
    """Revision `number` of an image. Raises NotFound where it is no longer kept."""
    revision = image.revisions.filter(number=number).first()
    if revision is None:
        raise NotFound(
            _("{name} has no revision {number}; autosaves are folded into the last one of a sitting.").format(
                name=image.name, number=number
            )
        )
    return LabelLayer(image, number, revision.segments, revision.label_key)


def newest_prediction(image: Image) -> Prediction | None:
    """The prediction of the newest model version that has one."""
    return image.predictions.select_related("model").order_by("-model__number").first()


def prediction_layer(image: Image) -> LabelLayer:
    """The newest prediction. Raises NotFound where there is none."""
    prediction = newest_prediction(image)
    if prediction is None:
        raise NotFound(
            _("{name} has no prediction. Train and promote a model, then pre-label.").format(name=image.name)
        )
    return LabelLayer(image, image.head, prediction.segments, prediction.label_key)
