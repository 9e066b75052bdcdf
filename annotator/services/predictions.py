"""Pre-labelling: a model's label map, scores and uncertainty for every image that waits."""

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from django.db import transaction
from django.db.models import QuerySet
from PIL import Image as PillowImage

from annotator import storage
from annotator.imagefile import read_rgb
from annotator.labelmap import LabelTiff, SegmentRow, count_pixels
from annotator.models import Image, Job, ModelVersion, Prediction, Project, User
from annotator.services import backends, jobs, queue
from annotator.services.backends import LoadedModel
from annotator.services.errors import ServiceError
from annotator.services.jobs import JobHandle, WaitForChunks
from annotator.services.labels import change_state
from annotator.workflow import WAITING, Action, Role

if TYPE_CHECKING:
    from segmodels.prediction import SegmentedImage
    from segmodels.prediction_settings import PredictionSettings

CHUNK_IMAGES = 32
BATCH_IMAGES = 4


def waiting_images(project: Project) -> QuerySet[Image]:
    return project.images.filter(state__in=WAITING)


def start_predictions(
    *,
    project: Project,
    user: User | None,
    model: ModelVersion | None = None,
    scope: Literal["waiting"] | Sequence[int] = "waiting",
    settings: Mapping[str, Any] | None = None,
) -> Job:
    """Queue the prediction of all waiting images, or of those with the given ids, by `model` (default: promoted).

    `settings` are fields of `segmodels.prediction_settings.PredictionSettings` that differ from the project's.
    Raises ServiceError for values that do not hold.
    """
    model = model or project.promoted_model
    if model is None:
        raise ServiceError("No model is promoted yet. Train one first.")
    ids = None
    if scope != "waiting":
        ids = sorted(set(scope))
        if missing := set(ids) - _known_ids(project, ids):
            raise ServiceError(f"{project.name} has no image {min(missing)}.")
    arguments = {"model": model.pk, "images": ids, "settings": checked_settings(project, settings or {})}
    return jobs.create_job(kind="predict", queue="interactive", project=project, user=user, arguments=arguments)


def checked_settings(project: Project, values: Mapping[str, Any]) -> dict[str, Any]:
    """`values` over the project's own prediction settings, complete. Raises ServiceError naming the field."""
    from segmodels.errors import SettingsError
    from segmodels.prediction_settings import PredictionSettings

    try:
        return PredictionSettings.from_dict({**project.prediction_settings, **values}).to_dict()
    except SettingsError as error:
        raise ServiceError(str(error)) from error


def _known_ids(project: Project, ids: Sequence[int]) -> set[int]:
    """Those of `ids` that are images of the project; asked in portions, as databases limit a query's parameters."""
    possible = [pk for pk in ids if 0 < pk < 2**63]
    known: set[int] = set()
    for start in range(0, len(possible), 10_000):
        known.update(project.images.filter(pk__in=possible[start : start + 10_000]).values_list("pk", flat=True))
    return known


def run_predictions(handle: JobHandle) -> WaitForChunks | dict[str, Any]:
    """The job: cut the images into chunks that any number of gpu workers take."""
    job, ids = handle.job, handle.arguments["images"]
    assert job.project is not None
    if ids is None:
        ids = list(waiting_images(job.project).order_by("id").values_list("pk", flat=True))
    if not ids:
        return {"images": 0}
    with transaction.atomic():
        # A job that is taken up again has made its chunks already, or none of them.
        if not job.chunks.exists():
            for start in range(0, len(ids), CHUNK_IMAGES):
                jobs.create_job(
                    kind="predict_chunk",
                    queue="gpu",
                    project=job.project,
                    user=job.requested_by,
                    arguments={
                        "model": handle.arguments["model"],
                        "images": ids[start : start + CHUNK_IMAGES],
                        "settings": handle.arguments["settings"],
                        "total": len(ids),
                    },
                    parent=job,
                )
    return WaitForChunks()


def run_prediction_chunk(handle: JobHandle) -> dict[str, Any]:
    """The job: predict up to CHUNK_IMAGES images; those that the model has done already are left out."""
    from segmodels.prediction_settings import PredictionSettings

    model = ModelVersion.objects.select_related("project", "snapshot").get(pk=handle.arguments["model"])
    done = set(
        Prediction.objects.filter(model=model, image__in=handle.arguments["images"]).values_list("image", flat=True)
    )
    images = [
        image
        for image in Image.objects.filter(pk__in=handle.arguments["images"]).order_by("width", "height", "id")
        if image.pk not in done
    ]
    loaded = backends.load_fastest(model, handle.arguments["total"], handle)
    settings = PredictionSettings.from_dict(handle.arguments["settings"])
    for count, batch in _batches(images):
        handle.report(count / max(1, len(images)), f"{count} of {len(images)} images")
        predict_batch(loaded, model, batch, settings)
    return {"images": len(handle.arguments["images"])}


def predict_images(model: ModelVersion, images: Sequence[Image]) -> None:
    """Predict a few images at once in this process: whole or in tiles as the project has it, without ensembles."""
    from segmodels.prediction_settings import PredictionSettings

    loaded = backends.load(model)
    settings = PredictionSettings.from_dict({**model.project.prediction_settings, "flips": [], "mc_samples": 0})
    for _, batch in _batches(sorted(images, key=lambda image: (image.width, image.height))):
        predict_batch(loaded, model, batch, settings)


def _batches(images: Sequence[Image]) -> Iterator[tuple[int, Sequence[Image]]]:
    """Runs of images of one size, with the number of images before each."""
    start = 0
    while start < len(images):
        end = start + 1
        size = images[start].width, images[start].height
        while end < len(images) and end - start < BATCH_IMAGES and (images[end].width, images[end].height) == size:
            end += 1
        yield start, images[start:end]
        start = end


def predict_batch(
    loaded: LoadedModel, model: ModelVersion, images: Sequence[Image], settings: "PredictionSettings"
) -> None:
    """Predict images of one size and store label map, uncertainty, scores and priority of each."""
    from segmodels.segmenting import segment_images

    pixels = [read_rgb(storage.get(image.file_key), name=image.name) for image in images]
    kinds = [row["kind"] for row in model.classes]
    # Backends other than eager have fixed the dropout away.
    backend = None if settings.mc_samples else loaded.backend
    segmented = segment_images(loaded.network, pixels, kinds, settings=settings, backend=backend)
    for image, prediction in zip(images, segmented, strict=True):
        store_prediction(image=image, model=model, prediction=prediction)


def store_prediction(*, image: Image, model: ModelVersion, prediction: "SegmentedImage") -> Prediction | None:
    """Write a prediction of one image; its label map follows the image's size. None where the image is gone."""
    from segmodels.acquisition import PredictionStats

    pixels = count_pixels([prediction.label_map])
    table: list[SegmentRow] = [
        {
            "id": segment.id,
            "class": model.classes[segment.class_index]["id"],
            "source": "model",
            "score": round(float(segment.score), 4),
            "model": model.pk,
        }
        for segment in prediction.segments
    ]
    label_key = storage.put("labels", LabelTiff.from_array(prediction.label_map, table).to_bytes(), ".tif")
    uncertainty_key = storage.put("uncertainty", _grey_png(prediction.entropy), ".png")
    stats = PredictionStats.of(prediction, image.content_hash)
    with transaction.atomic():
        locked = Image.objects.select_for_update().filter(pk=image.pk).first()
        if locked is None:
            return None  # deleted since the job began
        row, _ = Prediction.objects.update_or_create(
            image=image,
            model=model,
            defaults={
                "label_key": label_key,
                "uncertainty_key": uncertainty_key,
                "segments": [{**segment, "pixels": pixels[segment["id"]]} for segment in table],
                "mean_entropy": stats.mean_entropy,
                "mean_confidence": stats.mean_confidence,
            },
        )
        if locked.state in WAITING:
            locked.priority = queue.acquisition_score(model.project, stats)
            locked.project = model.project
            locked.project.role = Role.OWNER
            change_state(locked, Action.PRELABEL, None)
    return row


def _grey_png(entropy: np.ndarray) -> bytes:
    """8-bit grey PNG of an entropy map (H, W) of 0..1."""
    out = io.BytesIO()
    PillowImage.fromarray(np.clip(entropy * 255, 0, 255).astype(np.uint8)).save(out, "png", compress_level=1)
    return out.getvalue()
