"""Pre-labelling: a model's label map, scores and uncertainty for every image that waits."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from django.db import transaction
from django.db.models import QuerySet

from annotator.models import Image, Job, ModelVersion, Prediction, Project, User
from annotator.services import backends, jobs
from annotator.services.errors import ServiceError
from annotator.services.jobs import JobHandle, WaitForChunks
from annotator.services.predicting import predict_images
from annotator.workflow import WAITING

CHUNK_IMAGES = 32


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
        for image in Image.objects.filter(pk__in=handle.arguments["images"]).order_by("id")
        if image.pk not in done
    ]
    loaded = backends.load_fastest(model, handle.arguments["total"], handle)
    settings = PredictionSettings.from_dict(handle.arguments["settings"])
    predict_images(
        loaded, model, images, settings,
        lambda count: handle.report(count / max(1, len(images)), f"{count} of {len(images)} images"),
    )  # fmt: skip
    return {"images": len(handle.arguments["images"])}


def show_predictions(model: ModelVersion, images: Sequence[Image]) -> None:
    """Predict a few images at once in this process: whole or in tiles as the project has it, without ensembles."""
    from segmodels.prediction_settings import PredictionSettings

    settings = PredictionSettings.from_dict({**model.project.prediction_settings, "flips": [], "mc_samples": 0})
    predict_images(backends.load(model), model, images, settings)
