"""Pre-labelling: a model's label map, scores and uncertainty for every image that waits."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from annotator.models import Image, Job, ModelVersion, Prediction, Project, User
from annotator.phrase import Phrase, said
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
        raise ServiceError(_("No model is promoted yet. Train one first."))
    ids = None
    if scope != "waiting":
        ids = sorted(set(scope))
        if missing := set(ids) - _known_ids(project, ids):
            raise ServiceError(_("{project} has no image {number}.").format(project=project.name, number=min(missing)))
    chosen = settings_for(model, project.prediction_settings, settings or {})
    arguments = {"model": model.pk, "images": ids, "settings": chosen}
    return jobs.create_job(kind="predict", queue="interactive", project=project, user=user, arguments=arguments)


def settings_for(model: ModelVersion, defaults: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """`values` over the project's `defaults`, complete.

    Defaults that the model cannot follow do not apply to it. Raises ServiceError for a value that does not hold, or
    that is asked of a model that cannot follow it.
    """
    beyond = beyond_model(model)
    for name, reason in beyond.items():
        if values.get(name):
            raise ServiceError(_("{name}: {model} {reason}.").format(name=name, model=model, reason=reason))
    return checked_settings({**{name: value for name, value in defaults.items() if name not in beyond}, **values})


def beyond_model(model: ModelVersion) -> dict[str, str]:
    """The fields of prediction settings that a model cannot follow, and why."""
    from segmodels.catalogue import ARCHITECTURE_CARDS

    if ARCHITECTURE_CARDS[model.architecture].task == "instance":
        return dict.fromkeys(("flips", "mc_samples"), _("finds objects, which cannot be averaged"))
    if not model.settings.get("architecture_options", {}).get("dropout"):
        return {"mc_samples": _("was trained without dropout")}
    return {}


def checked_settings(values: Mapping[str, Any]) -> dict[str, Any]:
    """Complete prediction settings out of some fields. Raises ServiceError naming the field."""
    from segmodels.errors import SettingsError
    from segmodels.prediction_settings import PredictionSettings

    try:
        return PredictionSettings.from_dict(values).to_dict()
    except SettingsError as error:
        raise ServiceError(said(error)) from error


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
    """The job: predict up to CHUNK_IMAGES images; those that the model has done in the same way are left out."""
    from segmodels.prediction_settings import PredictionSettings

    ids, settings = handle.arguments["images"], checked_settings(handle.arguments.get("settings", {}))
    model = ModelVersion.objects.select_related("project", "snapshot").get(pk=handle.arguments["model"])
    made = Prediction.objects.filter(model=model, image__in=ids).values_list("image", "settings")
    done = {image for image, made_with in made if made_with == settings}
    images = [image for image in Image.objects.filter(pk__in=ids).order_by("id") if image.pk not in done]
    if images:
        loaded = backends.load_fastest(model, handle.arguments.get("total", len(images)), handle)
        predict_images(
            loaded, model, images, PredictionSettings.from_dict(settings),
            lambda done: handle.report(
                done / len(images), Phrase("{done:,} of {total:,} images", done=done, total=len(images))
            ),
            handle.check,
        )  # fmt: skip
    return {"images": len(ids)}


def show_predictions(model: ModelVersion, images: Sequence[Image], before_batch: Callable[[int], None]) -> None:
    """Predict a few images at once in this process: whole or in tiles as the project has it, without ensembles."""
    from segmodels.prediction_settings import PredictionSettings

    settings = PredictionSettings.from_dict({**model.project.prediction_settings, "flips": [], "mc_samples": 0})
    predict_images(backends.load(model), model, images, settings, before_batch)
