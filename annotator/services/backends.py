"""How a model version runs fastest on the machine at hand: measured once, kept in a row, used from then on."""

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext

from annotator import storage
from annotator.models import Image, Job, JobState, MeasuredBackend, ModelVersion, Project, User
from annotator.phrase import Phrase
from annotator.services import jobs
from annotator.services.errors import ServiceError
from annotator.services.jobs import JobHandle
from annotator.services.samples import SnapshotClasses, SnapshotSample, snapshot_samples

if TYPE_CHECKING:
    from segmodels.backends.backend import Backend
    from segmodels.checkpoints import SegmentationModel

logger = logging.getLogger(__name__)

# Opening and timing the candidates takes some seconds, which few images would not repay.
MEASURE_FROM_IMAGES = 100
MEASURED_IMAGES = 32


def start_measuring_backends(*, project: Project, user: User | None, model: ModelVersion) -> Job:
    """Queue the measurement on whichever gpu worker takes it. Raises ServiceError for models with one backend only."""
    if not has_backends(model):
        raise ServiceError(
            gettext("{model} finds objects; such models run in one way only, so there is nothing to measure.").format(
                model=model
            )
        )
    arguments = {"model": model.pk}
    open_jobs = Job.objects.filter(kind="measure_backends", state__in=(JobState.QUEUED, JobState.RUNNING))
    if open_jobs.filter(project=project, arguments=arguments).exists():
        raise ServiceError(gettext("{model} is being measured already.").format(model=model))
    return jobs.create_job(kind="measure_backends", queue="gpu", project=project, user=user, arguments=arguments)


def has_backends(model: ModelVersion) -> bool:
    """Whether there is a choice: networks that label pixels can be exported, those that find objects not."""
    from segmodels.catalogue import ARCHITECTURE_CARDS

    return ARCHITECTURE_CARDS[model.architecture].task == "semantic"


def run_measuring_backends(handle: JobHandle) -> dict[str, Any]:
    """The job: measure, whether or not this machine has measured before."""
    model = ModelVersion.objects.select_related("snapshot").get(pk=handle.arguments["model"])
    handle.report(0.1, Phrase("measuring how {model} runs fastest here", model=model), now=True)
    row = measure_backends(model, handle)
    handle.report(1.0, Phrase("{model} runs fastest with {backend} here", model=model, backend=row.name), now=True)
    return {"model": model.pk, "machine": row.machine, "backend": row.name}


@dataclass
class LoadedModel:
    """A model's network in this process and the backend that runs it; None is the eager one.

    `measured` is the name of the backend that the row of this machine asked for when it was opened.
    """

    network: "SegmentationModel"
    backend: "Backend | None" = None
    measured: str | None = None


_loaded: dict[str, LoadedModel] = {}


def load(model: ModelVersion) -> LoadedModel:
    """The network of a model version with its fastest backend, if known; the last one stays in this process."""
    loaded = _load_network(model)
    row = model.backends.filter(machine=machine()).first()
    if row is not None and row.name != loaded.measured:
        loaded.backend, loaded.measured = _opened(row, loaded.network), row.name
    return loaded


def load_fastest(model: ModelVersion, images: int, handle: JobHandle) -> LoadedModel:
    """As `load`; measures the backends first where none is open yet and `images` are many enough."""
    loaded = load(model)
    if images >= MEASURE_FROM_IMAGES and has_backends(model) and loaded.backend is None:
        handle.report(0.0, Phrase("measuring how {model} runs fastest here", model=model), now=True)
        measure_backends(model, handle)
    return loaded


def _load_network(model: ModelVersion) -> LoadedModel:
    import torch

    from segmodels.checkpoints import load_model

    if settings.TORCH_THREADS:
        torch.set_num_threads(settings.TORCH_THREADS)
    if model.checkpoint_key not in _loaded:
        with storage.local_path(model.checkpoint_key) as path:
            network = load_model(path)
        _loaded.clear()
        _loaded[model.checkpoint_key] = LoadedModel(network)
    return _loaded[model.checkpoint_key]


def _opened(row: MeasuredBackend, network: "SegmentationModel") -> "Backend | None":
    """The backend of the row; None, the eager one, where another host of that name measured what is not here."""
    from segmodels.backends.registry import BackendUnavailable, open_backend

    try:
        return open_backend(row.name, network)
    except BackendUnavailable as lack:
        logger.warning("%s runs eager on %s: %s", row.model, row.machine, lack)
        return None


def measure_backends(model: ModelVersion, handle: JobHandle) -> MeasuredBackend:
    """Time the candidates on validation images, see that they agree, and write down the fastest."""
    from segmodels.backends.choice import choose_backend
    from segmodels.backends.registry import candidates

    loaded = _load_network(model)
    choice, loaded.backend = choose_backend(
        loaded.network,
        _measured_samples(model),
        candidates(loaded.network),
        before_candidate=lambda name: handle.report(
            0.0, Phrase("measuring how {model} runs fastest here: {backend}", model=model, backend=name), now=True
        ),
    )
    loaded.measured = choice.name
    row, _ = MeasuredBackend.objects.update_or_create(
        model=model, machine=machine(), defaults={"name": choice.name, "choice": choice.to_dict()}
    )
    for figures in choice.figures:
        if figures.reason is not None:
            handle.log(f"backend {figures.name}: not here ({figures.reason})")
        else:
            handle.log(
                f"backend {figures.name}: {figures.speedup:.2f} times as fast as eager, "
                f"{figures.miou_difference:+.2f} mIoU points"
            )
    handle.log(f"{model} runs with {choice.name} on {machine()}")
    return row


def machine() -> str:
    """The GPU, else the processor with the number of threads, of this process."""
    import torch

    from segmodels.backends.choice import processor_name

    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    number = torch.get_num_threads()
    return f"{processor_name()}, {number} thread{'' if number == 1 else 's'}"


def _measured_samples(model: ModelVersion) -> list[SnapshotSample]:
    """Validation images of the model's snapshot, training images where it has none."""
    classes = SnapshotClasses(model.classes, frozenset())
    samples = snapshot_samples(model.snapshot, classes)
    return (samples[Image.Split.VALIDATION] or samples[Image.Split.TRAIN])[:MEASURED_IMAGES]
