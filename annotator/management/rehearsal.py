"""A rehearsal: the real loop on a dataset whose labels are known, with a simulated annotator and reviewer."""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from django.utils import timezone

from annotator import access
from annotator.formats import READERS
from annotator.formats.dataset import ReadOptions
from annotator.formats.sample import Sample
from annotator.imagefile import BadFile
from annotator.models import Image, Job, JobState, Project, TrainingRun, User
from annotator.services import exports, images, labels, predictions, projects, queue, review, saving, training
from annotator.services.samples import class_indices
from annotator.services.snapshots import count_splits, split_of_images
from annotator.workflow import Right, Role

POLL_SECONDS = 0.3
UNLABELLED = -1


class RehearsalError(Exception):
    """Something that ends a rehearsal early; the message says what."""


@dataclass(frozen=True)
class Plan:
    dataset: Path
    format: str
    strategy: str
    rounds: int
    images_per_round: int
    training: dict[str, Any]
    warm_start: bool = True


@dataclass
class Round:
    """One round as the report tells it; `seconds` per stage."""

    round: int
    labelled: int
    val_miou: float | None = None
    iou_per_class: dict[str, float | None] = field(default_factory=dict)
    pixels_corrected: int = 0
    pixels_labelled: int = 0
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.seconds[stage] = round(time.monotonic() - began, 1)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class Rehearsal:
    """Plays a plan. `say` gets lines for people, `progress` (done, total, text) while something runs."""

    def __init__(self, plan: Plan, *, say: Callable[[str], None], progress: Callable[[int, int, str], None]):
        self.plan = plan
        self.say = say
        self.progress = progress
        self.annotator = _person("rehearsal-annotator")
        self.reviewer = _person("rehearsal-reviewer")
        self.folder = tempfile.TemporaryDirectory(prefix="maskloop-rehearsal-")
        self.truth = Path(self.folder.name)

    def close(self) -> None:
        self.folder.cleanup()

    def play(self) -> Iterator[Round]:
        """Import, then yield each finished round."""
        self.project = self._import()
        for number in range(1, self.plan.rounds + 1):
            result = Round(number, labelled=0)
            with result.timed("label"):
                self._label(result)
            result.labelled = count_splits(self.project)["train"]
            with result.timed("train"):
                self._train(result)
            with result.timed("predict"):
                self._predict()
            yield result

    def export(self, format: str = "coco_panoptic") -> int:
        """Export what was accepted; returns the size of the zip in bytes."""
        export = exports.create_export(project=self.project, user=self.reviewer, format=format)
        assert export.job is not None
        self._wait(export.job, "exporting")
        export.refresh_from_db()
        assert export.size_bytes is not None
        return export.size_bytes

    def _import(self) -> Project:
        """Take all images in; only those for validation with their labels, the rest keep theirs in a drawer."""
        try:
            dataset = READERS[self.plan.format].open(self.plan.dataset, ReadOptions())
        except BadFile as error:
            raise RehearsalError(str(error)) from error
        classes = [{"name": c.name, "color": c.color, "kind": c.kind, "ignore": c.ignore} for c in dataset.classes]
        task = "panoptic" if any(c["kind"] == "thing" for c in classes) else "semantic"
        name = f"Rehearsal of {self.plan.dataset.name}, {timezone.now():%Y-%m-%d %H:%M}"
        project = projects.create_project(user=self.reviewer, name=name, task=task, classes=classes)
        projects.set_member(project=project, by=self.reviewer, username=self.annotator.username, role=Role.ANNOTATOR)
        projects.update_project(project=project, prelabel_after_promotion=False, promote_when_better=False)
        queue.choose_strategy(project=project, strategy=self.plan.strategy)
        self.class_ids = {row.name: row.pk for row in project.classes.all()}
        with_labels: list[tuple[Image, Sample]] = []
        for done, entry in enumerate(dataset.entries):
            self.progress(done, len(dataset.entries), f"importing {entry.name}")
            if entry.split == Image.Split.TEST:
                continue
            self._import_sample(project, entry.load(), with_labels)
        self._accept_validation(project, with_labels)
        return project

    def _import_sample(self, project: Project, sample: Sample, with_labels: list[tuple[Image, Sample]]) -> None:
        if sample.label_map is None:
            return
        try:
            image = images.add_image(
                project=project, user=self.reviewer, name=sample.name, data=sample.image, split=sample.split
            )
        except images.Duplicate:
            return
        table = [[segment.id, self.class_ids[segment.class_name]] for segment in sample.segments]
        np.savez_compressed(self._truth_path(image), array=sample.label_map, table=np.array(table).reshape(-1, 2))
        with_labels.append((image, sample))

    def _accept_validation(self, project: Project, with_labels: list[tuple[Image, Sample]]) -> None:
        splits = split_of_images([image for image, _ in with_labels])
        for image, _ in with_labels:
            image.split = splits[image.pk]
            image.save(update_fields=["split"])
            if image.split == Image.Split.VALIDATION:
                image = access.get_image(self.reviewer, image.pk, Right.MANAGE)
                array, table = self._truth(image)
                saving.import_labels(image=image, user=self.reviewer, array=array, segments=table, accept=True)
        counts = list(splits.values())
        self.say(
            f"{len(counts)} images imported: {counts.count('train')} to label, {counts.count('val')} for validation."
        )

    def _truth_path(self, image: Image) -> Path:
        return self.truth / f"{image.pk}.npz"

    def _truth(self, image: Image) -> tuple[np.ndarray, list[dict[str, int]]]:
        with np.load(self._truth_path(image)) as stored:
            return stored["array"], [{"id": int(i), "class": int(c)} for i, c in stored["table"]]

    def _label(self, result: Round) -> None:
        """Take images from the queue, correct them to the truth, submit; the reviewer accepts."""
        for done in range(self.plan.images_per_round):
            self.progress(done, self.plan.images_per_round, "labelling")
            image = queue.claim_next_image(project=self.project, user=self.annotator)
            if image is None:
                if done == 0:
                    raise RehearsalError("No image is left to label; ask for fewer rounds or images per round.")
                break
            image = access.get_image(self.annotator, image.pk, Right.LABEL)
            self._correct(image, result)
            review.submit_image(image=access.get_image(self.annotator, image.pk), user=self.annotator)
            review.accept_image(image=access.get_image(self.reviewer, image.pk), user=self.reviewer)

    def _correct(self, image: Image, result: Round) -> None:
        from segmodels.effort import correction_effort

        array, table = self._truth(image)
        if labels.newest_prediction(image) is not None:
            saving.accept_prediction(image=image, user=self.annotator)
            image = access.get_image(self.annotator, image.pk, Right.LABEL)
        index_of_class = {row.pk: index for index, row in enumerate(self.project.classes.filter(ignore=False))}
        before = class_indices(labels.head_layer(image).tiff(), index_of_class)
        saving.save_label_map(image=image, user=self.annotator, array=array, segments=table, base_revision=image.head)
        image = access.get_image(self.annotator, image.pk)
        after = class_indices(labels.head_layer(image).tiff(), index_of_class)
        result.pixels_corrected += int(correction_effort(before, after).pixels)
        result.pixels_labelled += int(np.count_nonzero(after != UNLABELLED))

    def _train(self, result: Round) -> None:
        initial = self.project.promoted_model if self.plan.warm_start else None
        run: TrainingRun = training.start_training(
            project=self.project, user=self.reviewer, settings=self.plan.training, initial_model=initial
        )
        done = self._wait(run.job, "training")
        model = self.project.models.get(pk=done.result["model"])
        training.promote_model(model=model, user=self.reviewer)
        self.project.refresh_from_db()
        result.val_miou, result.iou_per_class = model.val_miou, model.iou_per_class

    def _predict(self) -> None:
        self._wait(predictions.start_predictions(project=self.project, user=self.reviewer), "pre-labelling")

    def _wait(self, job: Job, what: str) -> Job:
        while job.state in (JobState.QUEUED, JobState.RUNNING):
            time.sleep(POLL_SECONDS)
            job.refresh_from_db()
            self.progress(int(100 * job.progress), 100, f"{what}: {job.message}")
        if job.state != JobState.SUCCEEDED:
            raise RehearsalError(f"The job {what} ({job.pk}) {job.state}: {job.error}")
        return job


def _person(name: str) -> User:
    user, _ = User.objects.get_or_create(username=name, defaults={"is_superuser": name.endswith("reviewer")})
    return user


def table_row(result: Mapping[str, Any]) -> str:
    """One line of the table that is printed."""
    miou = "-" if result["val_miou"] is None else f"{result['val_miou']:.3f}"
    share = 100 * result["pixels_corrected"] / max(1, result["pixels_labelled"])
    stages = "  ".join(f"{stage} {seconds:.0f} s" for stage, seconds in result["seconds"].items())
    return (
        f"{result['round']:>5}  {result['labelled']:>8}  {miou:>8}  "
        f"{result['pixels_corrected']:>12,} ({share:4.1f} %)  {stages}"
    )


TABLE_HEAD = f"{'round':>5}  {'labelled':>8}  {'val mIoU':>8}  {'pixels corrected':>21}  seconds per stage"
