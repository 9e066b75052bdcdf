"""A few validation images of a training run with their labels and what the model made of them."""

from dataclasses import dataclass
from urllib.parse import urlencode

from annotator.models import Image, ModelVersion, Prediction, TrainingRun

SHOWN = 4


@dataclass(frozen=True)
class Sample:
    """One image: the addresses of its pictures with the labels, the prediction, and the prediction's uncertainty."""

    image: Image
    labels: str
    prediction: str
    uncertainty: str
    mean_entropy: float


def sample_predictions(run: TrainingRun, model: ModelVersion) -> list[Sample]:
    """The first images that `model` was validated on and has predicted, beside the labels it was scored against."""
    validated = run.snapshot.items.filter(split=Image.Split.VALIDATION)
    rows = list(
        Prediction.objects.filter(model=model, image__in=validated.values("image"))
        .select_related("image")
        .order_by("image__name", "image_id")[:SHOWN]
    )
    items = validated.filter(image__in=[row.image_id for row in rows]).select_related("revision")
    revisions = {item.image_id: item.revision.number for item in items}
    return [
        Sample(
            image=row.image,
            labels=_address(row.image, layer=f"revision:{revisions[row.image_id]}"),
            prediction=_address(row.image, layer="prediction", model=model.pk),
            uncertainty=_address(row.image, layer="uncertainty", model=model.pk),
            mean_entropy=row.mean_entropy,
        )
        for row in rows
    ]


def _address(image: Image, **layer: str | int) -> str:
    return f"/api/v1/images/{image.pk}/thumbnail?{urlencode({'overlay': 1, **layer})}"
