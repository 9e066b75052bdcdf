"""The application's services as pre-labelling uses them; the one place of the benchmark that knows them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from django.core.management import call_command
from numpy.typing import NDArray

from annotator import storage
from annotator.models import Image, Job, MeasuredBackend, ModelVersion, Project, User
from annotator.services import backends, images, jobs, predictions, projects, snapshots
from annotator.tasks import RUNNERS
from segmodels.backends.backend import Backend
from segmodels.backends.eager import EagerBackend
from segmodels.checkpoints import SegmentationModel, load_model
from segmodels.data import resize_image
from segmodels.folders import read_image

BARE_BATCH = 8


@dataclass(frozen=True)
class Chunk:
    """One job of the queue `gpu`, and the same images as the network takes them, uint8 (N, h, w, 3)."""

    job: Job
    images: NDArray[np.uint8]
    version: ModelVersion

    def run(self) -> None:
        """What a worker does with the message."""
        jobs.execute(self.job.pk, RUNNERS)
        self.job.refresh_from_db()
        if self.job.state != "succeeded":
            raise RuntimeError(f"the job {self.job.kind} {self.job.state}: {self.job.error}")

    def bare_forward_pass(self) -> None:
        backend = opened(self.version)
        for start in range(0, len(self.images), BARE_BATCH):
            backend.probabilities(self.images[start : start + BARE_BATCH])


class Prelabelling:
    """A project of unlabelled images with a promoted model, ready to be pre-labelled."""

    def __init__(self, weights: Path, paths: Sequence[Path], backend: str) -> None:
        call_command("migrate", verbosity=0, interactive=False)
        self.user = User.objects.create(username="benchmark")
        model = load_model(weights, "cpu")
        self.project = _project(self.user, model)
        self.version = _model_version(self.project, self.user, model, weights)
        self.network_size = model.settings.image_size
        self.paths = {_add(self.project, self.user, path): path for path in paths}
        # As if this machine had measured already, so that the job runs the backend asked for and measures nothing.
        MeasuredBackend.objects.create(model=self.version, machine=backends.machine(), name=backend, choice={})

    def chunks(self) -> Iterator[Chunk]:
        """The jobs that the queued prediction is cut into; each is to be run before the next."""
        parent = predictions.start_predictions(project=self.project, user=self.user, model=self.version)
        jobs.execute(parent.pk, RUNNERS)
        for job in Job.objects.filter(parent=parent).order_by("id"):
            shown = [read_image(self.paths[pk]) for pk in job.arguments["images"]]
            yield Chunk(job, np.stack([resize_image(image, self.network_size) for image in shown]), self.version)


def opened(version: ModelVersion) -> Backend:
    """The backend that pre-labelling runs this model with, in this process."""
    loaded = backends.load(version)
    return loaded.backend or EagerBackend(loaded.network)


def _project(user: User, model: SegmentationModel) -> Project:
    classes = [
        {"name": spec.name, "color": f"#{(index * 1_234_567) % 0xFFFFFF:06x}", "kind": "stuff"}
        for index, spec in enumerate(model.classes)
    ]
    return projects.create_project(user=user, name="Benchmark", task="semantic", classes=classes)


def _add(project: Project, user: User, path: Path) -> int:
    image: Image = images.add_image(project=project, user=user, name=path.name, data=path.read_bytes())
    return image.pk


def _model_version(project: Project, user: User, model: SegmentationModel, weights: Path) -> ModelVersion:
    """A model that was trained elsewhere, entered as if this project had made it."""
    snapshot = snapshots.Snapshot.objects.create(project=project, name="elsewhere", digest="", classes=[])
    job = Job.objects.create(kind="train", queue="gpu", project=project, requested_by=user, state="succeeded")
    run = project.training_runs.create(number=1, snapshot=snapshot, job=job, settings=model.settings.to_dict())
    return project.models.create(
        number=1,
        run=run,
        snapshot=snapshot,
        architecture=model.settings.architecture,
        settings=model.settings.to_dict(),
        seed=model.settings.seed,
        classes=[snapshots.class_row(row) for row in project.classes.order_by("id")],
        checkpoint_key=storage.put("models", weights.read_bytes(), ".safetensors"),
        parameters=sum(parameter.numel() for parameter in model.module.parameters()),
        training_images=0,
        seconds=0.0,
    )
