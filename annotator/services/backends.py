"""How a model version runs fastest on the machine at hand: measured once, kept in a row, used from then on."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from annotator import storage
from annotator.models import Image, Job, MeasuredBackend, ModelVersion, Project, User
from annotator.services import jobs
from annotator.services.errors import ServiceError
from annotator.services.jobs import JobHandle
from annotator.services.samples import SnapshotClasses, SnapshotSample, snapshot_samples

if TYPE_CHECKING:
    from segmodels.backends.backend import Backend
    from segmodels.checkpoints import SegmentationModel

# Opening and timing the candidates takes some seconds, which few images would not repay.
MEASURE_FROM_IMAGES = 100
MEASURED_IMAGES = 32


def start_measuring_backends(*, project: Project, user: User | None, model: ModelVersion) -> Job:
    """Queue the measurement on whichever gpu worker takes it. Raises ServiceError for models with one backend only."""
    if not has_backends(model):
        raise ServiceError(f"{model} finds objects; such models run in one way only, so there is nothing to measure.")
    arguments = {"model": model.pk}
    return jobs.create_job(kind="measure_backends", queue="gpu", project=project, user=user, arguments=arguments)


def has_backends(model: ModelVersion) -> bool:
    """Whether there is a choice: networks that label pixels can be exported, those that find objects not."""
    from segmodels.catalogue import ARCHITECTURE_CARDS

    return ARCHITECTURE_CARDS[model.architecture].task == "semantic"


def run_measuring_backends(handle: JobHandle) -> dict[str, Any]:
    """The job: measure, whether or not this machine has measured before."""
    model = ModelVersion.objects.select_related("snapshot").get(pk=handle.arguments["model"])
    handle.report(0.1, f"measuring how {model} runs fastest here", now=True)
    row = measure_backends(model, handle)
    return {"model": model.pk, "machine": row.machine, "backend": row.name}


@dataclass
class LoadedModel:
    """A model's network in this process and the backend that runs it; None is the eager one."""

    network: "SegmentationModel"
    backend: "Backend | None"


_loaded: dict[str, LoadedModel] = {}


def load(model: ModelVersion) -> LoadedModel:
    """The network of a model version with its fastest backend, if known; the last one stays in this process."""
    from segmodels.backends.registry import open_backend
    from segmodels.checkpoints import load_model

    if model.checkpoint_key not in _loaded:
        with storage.local_path(model.checkpoint_key) as path:
            network = load_model(path)
        row = model.backends.filter(machine=machine()).first()
        backend = open_backend(row.name, network) if row else None
        _loaded.clear()
        _loaded[model.checkpoint_key] = LoadedModel(network, backend)
    return _loaded[model.checkpoint_key]


def load_fastest(model: ModelVersion, images: int, handle: JobHandle) -> LoadedModel:
    """As `load`; measures the backends first where that has not been done here and `images` are many enough."""
    is_measured = model.backends.filter(machine=machine()).exists()
    if images >= MEASURE_FROM_IMAGES and has_backends(model) and not is_measured:
        handle.report(0.0, f"measuring how {model} runs fastest here", now=True)
        measure_backends(model, handle)
    return load(model)


def measure_backends(model: ModelVersion, handle: JobHandle) -> MeasuredBackend:
    """Time the candidates on validation images, see that they agree, and write down the fastest."""
    from segmodels.backends.choice import choose_backend
    from segmodels.backends.registry import candidates

    loaded = load(model)
    choice, loaded.backend = choose_backend(loaded.network, _measured_samples(model), candidates(loaded.network))
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
    return f"{processor_name()}, {torch.get_num_threads()} threads"


def _measured_samples(model: ModelVersion) -> list[SnapshotSample]:
    """Validation images of the model's snapshot, training images where it has none."""
    classes = SnapshotClasses(model.classes, frozenset())
    samples = snapshot_samples(model.snapshot, classes)
    return (samples[Image.Split.VALIDATION] or samples[Image.Split.TRAIN])[:MEASURED_IMAGES]
