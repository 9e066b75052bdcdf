"""Training: from a snapshot of accepted labels to a model version."""

import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings as django_settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext

from annotator import storage
from annotator.labelmap import SegmentRow
from annotator.models import EpochMetric, Image, LabelClass, ModelVersion, Project, TrainingRun, User
from annotator.phrase import Phrase, said
from annotator.services import jobs, predictions, snapshots
from annotator.services.errors import ServiceError
from annotator.services.jobs import JobHandle
from annotator.services.samples import SnapshotClasses, snapshot_samples
from annotator.services.scores import is_better

if TYPE_CHECKING:
    from segmodels.reports import EpochReport, StepReport, TrainingResult
    from segmodels.settings import TrainingSettings

SHOWN_PREDICTIONS = 6
OF_ONE_ARCHITECTURE = (
    "architecture", "architecture_options", "encoder", "encoder_weights", "learning_rate", "encoder_rate_factor",
    "batch_size",
)  # fmt: skip
# Weights that know the task already are disturbed by the rate that a fresh head needs: a third of it trained better.
WARM_START_RATE_FACTOR = 1 / 3
MOST_STEP_LOSSES = 200  # kept per epoch; a curve does not show more


def start_training(
    *, project: Project, user: User, settings: Mapping[str, Any], initial_model: ModelVersion | None = None
) -> TrainingRun:
    """Freeze a snapshot of the accepted labels and queue a training run on it.

    `settings` are fields of `segmodels.settings.TrainingSettings`; `encoder_weights` may also be the id of a model
    version, whose weights the whole network then starts from. Raises ServiceError for settings that do not hold,
    or where no accepted image is left for training.
    """
    values = dict(settings)
    weights = str(values.get("encoder_weights", ""))
    if re.fullmatch("[0-9]{1,18}", weights):
        initial_model = project.models.filter(pk=int(weights)).first()
        if initial_model is None:
            raise ServiceError(
                gettext("{project} has no model {number} to start from.").format(project=project.name, number=weights)
            )
        values["encoder_weights"] = "none"
    if initial_model is not None:
        _check_start(initial_model, values)
    checked = checked_settings(project, values)
    if initial_model is not None and "learning_rate" not in values:
        checked = replace(checked, learning_rate=checked.learning_rate * WARM_START_RATE_FACTOR)
    if snapshots.count_splits(project)[Image.Split.TRAIN] == 0:
        raise ServiceError(gettext("No accepted image to train on. Label, submit and accept at least one first."))
    _check_classes(project, checked.task)
    with transaction.atomic():
        Project.objects.select_for_update().get(pk=project.pk)
        number = (project.training_runs.aggregate(newest=Max("number"))["newest"] or 0) + 1
        snapshot = snapshots.create_snapshot(project=project, user=user, name=f"Training run {number}")
        job = jobs.create_job(kind="train", queue="gpu", project=project, user=user, arguments={})
        return TrainingRun.objects.create(
            project=project,
            number=number,
            snapshot=snapshot,
            job=job,
            settings=checked.to_dict(),
            initial_model=initial_model,
            created_by=user,
        )


def _check_start(initial_model: ModelVersion, values: dict[str, Any]) -> None:
    """Take over the encoder of the model to start from. Raises ServiceError where another one was asked for."""
    encoder = initial_model.settings["encoder"]
    if values.get("encoder", "auto") not in ("auto", encoder):
        raise ServiceError(
            gettext("A run that starts from {model} needs its encoder, {encoder}; {other} was asked for.").format(
                model=initial_model, encoder=encoder, other=values["encoder"]
            )
        )
    values["encoder"] = encoder


def _check_classes(project: Project, task: str) -> None:
    learned = project.classes.filter(ignore=False)
    if not learned.exists():
        raise ServiceError(gettext("The project has no class to learn. Add classes in its settings."))
    if task == "instance" and not learned.filter(kind=LabelClass.Kind.THING).exists():
        raise ServiceError(
            gettext(
                "This architecture finds the objects of thing classes, and the project has none. "
                "Choose another one, or make a class a thing in the project's settings."
            )
        )


def checked_settings(project: Project, values: Mapping[str, Any]) -> "TrainingSettings":
    """The settings with the project's defaults below them. Raises ServiceError naming the field."""
    from segmodels.errors import SettingsError
    from segmodels.settings import TrainingSettings

    known = {**default_settings(project, values.get("architecture")), **values}
    if django_settings.TORCH_THREADS:
        known.setdefault("threads", django_settings.TORCH_THREADS)
    try:
        return TrainingSettings.from_dict(known)
    except SettingsError as error:
        raise ServiceError(said(error)) from error


def default_settings(project: Project, architecture: str | None = None) -> dict[str, Any]:
    """What training starts from when nothing is said: the project's own defaults, and a size that fits its images.

    What the project chose for its own architecture does not apply to another one.
    """
    values = dict(project.training_settings)
    if architecture is not None and architecture != values.get("architecture"):
        values = {name: value for name, value in values.items() if name not in OF_ONE_ARCHITECTURE}
    if "image_size" not in values and (image := project.images.order_by("-width").first()):
        shrink = min(1.0, 512 / max(image.width, image.height))
        values["image_size"] = [max(32, round(side * shrink / 32) * 32) for side in (image.height, image.width)]
    return values


def run_training(handle: JobHandle) -> dict[str, Any]:
    """The job: train on the run's snapshot, promote what is better, and show what it makes of validation images."""
    run = TrainingRun.objects.select_related("project", "snapshot", "initial_model").get(job=handle.job)
    # The worker may have died between writing the model and ending the job.
    model = ModelVersion.objects.filter(run=run).first() or _trained(run, handle)
    scored = _scored(model)
    handle.log(f"model {scored}")
    _promote_if_better(model, run.created_by)
    shown = Phrase("{model}; predicting some validation images", model=scored)
    predictions.show_predictions(model, _shown_images(run), lambda count: handle.report(0.99, shown))
    handle.report(1.0, scored, now=True)
    shutil.rmtree(_workdir(run), ignore_errors=True)
    return _result(model)


def _scored(model: ModelVersion) -> Phrase:
    if model.score is None:
        return Phrase("{model}, not validated", model=model)
    name = Phrase(str(model.get_score_name_display()))
    return Phrase("{model}, {name} {score:.1f} %", model=model, name=name, score=100 * model.score)


def _workdir(run: TrainingRun) -> Path:
    return Path(django_settings.DATA / "work" / f"run-{run.pk}")


def _trained(run: TrainingRun, handle: JobHandle) -> ModelVersion:
    """A model version, going on from the last checkpoint if there is one."""
    from segmodels.errors import TrainingStopped
    from segmodels.settings import ClassSpec, TrainingSettings
    from segmodels.training import train

    chosen = TrainingSettings.from_dict(run.settings)
    classes = SnapshotClasses.of(run.snapshot, chosen.task)
    samples = snapshot_samples(run.snapshot, classes)
    workdir = _workdir(run)
    workdir.mkdir(parents=True, exist_ok=True)
    recorder = _Recorder(run, handle, [row["name"] for row in classes.learned])
    handle.log(
        f"{len(samples[Image.Split.TRAIN])} images to train on, {len(samples[Image.Split.VALIDATION])} to validate on, "
        f"{len(classes.learned)} classes; settings {run.settings}"
    )
    handle.report(0.0, Phrase("preparing images"), now=True)
    try:
        with _initial_weights(run) as initial_weights:
            result = train(
                samples[Image.Split.TRAIN],
                samples[Image.Split.VALIDATION],
                [ClassSpec(row["name"]) for row in classes.learned],
                chosen,
                workdir=workdir,
                initial_weights=initial_weights,
                weights_dir=django_settings.WEIGHTS,
                on_step=recorder.step,
                on_epoch=recorder.epoch,
                on_note=handle.log,
                should_stop=handle.should_stop,
            )
    except TrainingStopped as error:
        handle.check()
        raise jobs.Cancelled from error
    return _create_model(run, result, classes.learned, training_count=len(samples[Image.Split.TRAIN]))


def _shown_images(run: TrainingRun) -> list[Image]:
    """Some validation images, evenly spread, whose predictions show people what the model makes of them."""
    items = run.snapshot.items.filter(split=Image.Split.VALIDATION).select_related("image").order_by("image_id")
    images = [item.image for item in items]
    return images[:: -(-len(images) // SHOWN_PREDICTIONS) or 1]


class _initial_weights:
    """The checkpoint file that the run starts from, or None."""

    def __init__(self, run: TrainingRun):
        self.context = storage.local_path(run.initial_model.checkpoint_key) if run.initial_model else None

    def __enter__(self) -> Path | None:
        return self.context.__enter__() if self.context else None

    def __exit__(self, *error: Any) -> None:
        if self.context:
            self.context.__exit__(*error)


class _Recorder:
    """Writes what training reports into the run's rows and its job."""

    def __init__(self, run: TrainingRun, handle: JobHandle, names: list[str]):
        self.run = run
        self.handle = handle
        self.names = names
        self.losses: list[list[float]] = []
        self.epoch_number = 0
        self.written = timezone.now()

    def step(self, report: "StepReport") -> None:
        if report.epoch != self.epoch_number:
            self.epoch_number, self.losses = report.epoch, self._losses_before(report)
        self.losses.append([report.step, round(report.loss, 5)])
        if (timezone.now() - self.written).total_seconds() >= 1.0 or len(self.losses) == 1:
            self.written = timezone.now()
            self._write(train_loss=self._mean_loss(), seconds=0.0, finished=False)
        message = Phrase(
            "epoch {epoch}, step {step:,} of {total:,}, loss {loss:.3f}",
            epoch=report.epoch,
            step=report.step,
            total=report.total_steps,
            loss=report.loss,
        )
        if report.seconds_left is not None:
            message = Phrase("{step}, {time} left", step=message, time=_duration(report.seconds_left))
        # The last part is kept for validation and writing the model.
        self.handle.report(0.98 * report.step / report.total_steps, message)

    def epoch(self, report: "EpochReport") -> None:
        if report.is_best:
            self.run.epochs.update(is_best=False)
        self.epoch_number = report.epoch
        self._write(
            train_loss=report.train_loss,
            val_loss=report.val_loss,
            val_miou=report.val_miou,
            pixel_accuracy=report.pixel_accuracy,
            class_accuracy=report.class_accuracy,
            dice=report.dice,
            boundary_miou=report.boundary_miou,
            mask_ap=report.mask.ap if report.mask else None,
            mask_ap50=report.mask.ap50 if report.mask else None,
            iou_per_class=dict(zip(self.names, report.iou_per_class, strict=True)) if report.iou_per_class else {},
            seconds=report.seconds,
            is_best=report.is_best,
            finished=True,
        )
        name = ModelVersion.ScoreName(report.score_name).label
        score = "" if report.score is None else f", {name} {report.score:.4f}"
        self.handle.log(f"epoch {report.epoch} of {report.epochs}: loss {report.train_loss:.4f}{score}")

    def _losses_before(self, report: "StepReport") -> list[list[float]]:
        """What an earlier worker, which was killed in this epoch, had written of its steps."""
        row = self.run.epochs.filter(epoch=report.epoch).first()
        return [pair for pair in row.step_losses if pair[0] < report.step] if row else []

    def _mean_loss(self) -> float:
        return sum(loss for _, loss in self.losses) / len(self.losses)

    def _write(self, **values: Any) -> None:
        if self.losses:
            stride = -(-len(self.losses) // MOST_STEP_LOSSES)
            values["step_losses"] = self.losses[::stride]
        EpochMetric.objects.update_or_create(run=self.run, epoch=self.epoch_number, defaults=values)


def _create_model(
    run: TrainingRun, result: "TrainingResult", learned: Sequence[SegmentRow], training_count: int
) -> ModelVersion:
    key = storage.put_file("models", result.checkpoint, ".safetensors")
    names = [row["name"] for row in learned]
    with transaction.atomic():
        Project.objects.select_for_update().get(pk=run.project_id)
        number = (run.project.models.aggregate(newest=Max("number"))["newest"] or 0) + 1
        return ModelVersion.objects.create(
            project=run.project,
            number=number,
            run=run,
            snapshot=run.snapshot,
            architecture=run.settings["architecture"],
            settings=run.settings,
            seed=run.settings["seed"],
            classes=list(learned),
            checkpoint_key=key,
            val_miou=result.val_miou,
            iou_per_class=dict(zip(names, result.iou_per_class, strict=True)) if result.iou_per_class else {},
            score_name=result.best.score_name,
            score=result.best.score,
            parameters=result.parameters,
            training_images=training_count,
            seconds=result.seconds,
        )


def _promote_if_better(model: ModelVersion, user: User | None) -> None:
    project = Project.objects.select_related("promoted_model").get(pk=model.project_id)
    current = project.promoted_model
    # Which kind of model a project wants is for people to say, who promote the first of another kind.
    if current is None or (project.promote_when_better and is_better(model, current)):
        promote_model(model=model, user=user)


def promote_model(*, model: ModelVersion, user: User | None) -> ModelVersion:
    """Make a model the one that pre-labels; starts pre-labelling where the project asks for it."""
    with transaction.atomic():
        project = Project.objects.select_for_update().get(pk=model.project_id)
        if project.promoted_model_id == model.pk:
            return model
        project.promoted_model = model
        project.save(update_fields=["promoted_model"])
        model.promoted_at = timezone.now()
        model.save(update_fields=["promoted_at"])
        if project.prelabel_after_promotion and predictions.waiting_images(project).exists():
            predictions.start_predictions(project=project, user=user, model=model)
    return model


def _result(model: ModelVersion) -> dict[str, Any]:
    return {
        "model": model.pk,
        "version": model.number,
        "val_miou": model.val_miou,
        "score_name": model.score_name,
        "score": model.score,
        "seconds": round(model.seconds, 1),
    }


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
