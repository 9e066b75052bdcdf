"""The training loop: resumes by itself, reports as it goes, keeps the best model."""

import hashlib
import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.optim import AdamW

from segmodels.architectures import SegmentationNetwork, build_network
from segmodels.augment import augmented
from segmodels.checkpoints import Normalisation, save_model
from segmodels.data import SampleCache, TrainingSample, prefetched, sample_order
from segmodels.device import autocast, pick_device, to_input
from segmodels.encoders import load_imagenet_weights
from segmodels.errors import DataError, SettingsError, TrainingFailed, TrainingStopped
from segmodels.evaluation import ValidationSet, evaluate
from segmodels.losses import balanced_class_weights, segmentation_loss
from segmodels.optimisation import build_optimiser, set_learning_rate
from segmodels.reports import EpochReport, StepReport, TrainingResult
from segmodels.settings import ClassSpec, TrainingSettings
from segmodels.training_state import Progress, restore_state, save_state
from segmodels.transfer import start_from

__all__ = ["EpochReport", "StepReport", "TrainingFailed", "TrainingResult", "TrainingStopped", "train"]

LARGEST_GRADIENT_NORM = 5.0
STATE_FILE = "state.safetensors"
BEST_FILE = "best.safetensors"
# Where a run goes is decided by everything but these.
NOT_IDENTITY = ("threads", "device", "state_seconds")

Batch = tuple[NDArray[np.uint8], NDArray[np.int16]]


def train(
    samples: Sequence[TrainingSample],
    validation: Sequence[TrainingSample],
    classes: Sequence[ClassSpec],
    settings: TrainingSettings,
    *,
    workdir: Path,
    initial_weights: Path | None = None,
    weights_dir: Path | None = None,
    on_step: Callable[[StepReport], None] = lambda report: None,
    on_epoch: Callable[[EpochReport], None] = lambda report: None,
    on_checkpoint: Callable[[Path], None] | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = time.monotonic,
) -> TrainingResult:
    """Train on `samples`, score on `validation`, and return the best model's file in `workdir`.

    Called again with the same arguments after a kill, it goes on from the state it finds in `workdir`;
    a finished run returns its result at once. `classes` are the trained ones in index order.
    `initial_weights` is an earlier model to start from; else `encoder_weights` decides. `on_epoch` may
    report the epoch in which the process was killed a second time. Without validation images the last
    epoch is kept. Validation mIoU is taken at the labels' own resolution (see `ValidationSet`).

    Raises SettingsError, DataError, WeightsNotFound and CheckpointError before the first step;
    TrainingStopped, with the state written, once `should_stop()` is true; TrainingFailed on a loss that
    is not a number.
    """
    check_classes(classes)
    workdir.mkdir(parents=True, exist_ok=True)
    if settings.threads is not None:
        torch.set_num_threads(settings.threads)
    run = _Run.prepare(samples, validation, classes, settings, workdir, initial_weights, weights_dir, clock)
    run.on_step, run.on_epoch, run.on_checkpoint, run.should_stop = (
        on_step,
        on_epoch,
        on_checkpoint,
        should_stop,
    )
    while run.progress.epoch < settings.epochs:
        run.train_epoch()
        run.finish_epoch()
    return run.result()


def check_classes(classes: Sequence[ClassSpec]) -> None:
    """Raise SettingsError unless there is at least one class, none ignored, no name twice."""
    names = [spec.name for spec in classes]
    if not names:
        raise SettingsError("classes", "there is no class to train")
    if any(spec.ignore for spec in classes):
        raise SettingsError("classes", "ignored classes are not trained; leave them out and mark their pixels -1")
    if len(set(names)) < len(names):
        raise SettingsError("classes", "a class name occurs twice")


@dataclass
class _Run:
    """One run in this process: what it works with, and how far it is."""

    network: SegmentationNetwork
    optimiser: AdamW
    cache: SampleCache
    usable: NDArray[np.intp]
    validation: ValidationSet | None
    classes: Sequence[ClassSpec]
    settings: TrainingSettings
    workdir: Path
    fingerprint: str
    progress: Progress
    clock: Callable[[], float]
    on_step: Callable[[StepReport], None] = lambda report: None
    on_epoch: Callable[[EpochReport], None] = lambda report: None
    on_checkpoint: Callable[[Path], None] | None = None
    should_stop: Callable[[], bool] = lambda: False

    @classmethod
    def prepare(
        cls,
        samples: Sequence[TrainingSample],
        validation: Sequence[TrainingSample],
        classes: Sequence[ClassSpec],
        settings: TrainingSettings,
        workdir: Path,
        initial_weights: Path | None,
        weights_dir: Path | None,
        clock: Callable[[], float],
    ) -> "_Run":
        cache = SampleCache.build(samples, len(classes), settings.image_size, workdir / "training")
        usable = np.flatnonzero(cache.labelled)
        if not len(usable):
            raise DataError(f"None of the {len(samples)} training images has a labelled pixel of a trained class.")
        scored = None
        if validation:
            scored = ValidationSet.build(validation, len(classes), settings.image_size, workdir / "validation")
            scored = scored if scored.cache.labelled.any() else None
        device = pick_device(settings.device)
        torch.manual_seed(settings.seed)
        network = build_network(settings.architecture, settings.encoder, len(classes))
        fingerprint = _fingerprint(samples, validation, classes, settings, initial_weights)
        state = workdir / STATE_FILE
        if not state.exists():
            _load_start(network, classes, settings, initial_weights, weights_dir)
        network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        optimiser = build_optimiser(network, settings)
        progress = restore_state(state, fingerprint, network, optimiser) if state.exists() else Progress()
        return cls(
            network,
            optimiser,
            cache,
            usable,
            scored,
            classes,
            settings,
            workdir,
            fingerprint,
            progress,
            clock,
        )

    def __post_init__(self) -> None:
        self.normalisation = Normalisation.of_encoder(self.settings.encoder)
        self.device = next(self.network.parameters()).device
        self.steps_per_epoch = self.settings.steps_per_epoch or math.ceil(len(self.usable) / self.settings.batch_size)
        counts = self.cache.pixels_per_class(len(self.classes))
        self.class_weights = balanced_class_weights(counts, self.settings.class_balance).to(self.device)
        self.started = self.counted = self.state_written = self.clock()
        self.steps_done_here = 0

    def train_epoch(self) -> None:
        """The steps of the present epoch that are still to do."""
        self.network.train()
        progress = self.progress
        first = progress.epoch * self.steps_per_epoch
        steps = range(first + progress.step, first + self.steps_per_epoch)
        for step, (images, targets) in prefetched(self.batch, steps):
            rate = set_learning_rate(self.optimiser, self.settings, step, self.total_steps)
            loss = self.learn(images, targets)
            progress.step += 1
            progress.loss_sum += loss
            self.steps_done_here += 1
            self.on_step(
                StepReport(step + 1, self.total_steps, progress.epoch + 1, loss, rate, self.seconds_left(step + 1))
            )
            self.stop_if_asked()
            if self.clock() - self.state_written >= self.settings.state_seconds:
                self.write_state()

    def learn(self, images: NDArray[np.uint8], targets: NDArray[np.int16]) -> float:
        """One optimiser step; returns the loss, raises TrainingFailed where it is not a number."""
        inputs = to_input(images, self.normalisation.mean, self.normalisation.std, self.device)
        wanted = torch.from_numpy(targets).to(self.device).long()
        with autocast(self.device):
            logits = self.network(inputs)
        loss = segmentation_loss(logits, wanted, self.settings.dice_weight, self.class_weights)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), LARGEST_GRADIENT_NORM)
        value = float(loss.detach())
        if not (math.isfinite(value) and math.isfinite(float(norm))):
            raise self.failure(value)
        self.optimiser.step()
        return value

    def finish_epoch(self) -> None:
        """Score the epoch, keep the model where it is the best, report, write the state."""
        progress, evaluation = self.progress, None
        if self.validation is not None:
            evaluation = evaluate(
                self.network, self.validation, len(self.classes), self.normalisation,
                self.settings.batch_size, self.stop_if_asked,
            )  # fmt: skip
        miou = evaluation.confusion.miou if evaluation else None
        is_best = miou is None or progress.best_score is None or miou > progress.best_score
        self.count_time()
        report = EpochReport(
            epoch=progress.epoch + 1,
            epochs=self.settings.epochs,
            train_loss=progress.loss_sum / self.steps_per_epoch,
            val_loss=evaluation.loss if evaluation else None,
            val_miou=miou,
            iou_per_class=evaluation.confusion.iou_per_class if evaluation else [None] * len(self.classes),
            pixel_accuracy=evaluation.confusion.pixel_accuracy if evaluation else None,
            seconds=progress.epoch_seconds,
            is_best=is_best,
        )
        if is_best:
            progress.best_epoch, progress.best_score = report.epoch, miou
            self.keep_model(report)
        progress.history.append(report)
        self.on_epoch(report)
        progress.epoch, progress.step, progress.loss_sum, progress.epoch_seconds = report.epoch, 0, 0.0, 0.0
        self.write_state()

    def keep_model(self, report: EpochReport) -> None:
        path = self.workdir / BEST_FILE
        scores = {"val_miou": report.val_miou, "iou_per_class": report.iou_per_class, "epoch": report.epoch}
        save_model(path, self.network.state_dict(), self.classes, self.settings, self.normalisation, scores)
        if self.on_checkpoint:
            self.on_checkpoint(path)

    def result(self) -> TrainingResult:
        best = self.progress.history[self.progress.best_epoch - 1]
        return TrainingResult(
            checkpoint=self.workdir / BEST_FILE,
            val_miou=best.val_miou,
            iou_per_class=best.iou_per_class,
            best_epoch=best.epoch,
            epochs=self.progress.epoch,
            seconds=self.progress.seconds,
            parameters=sum(parameter.numel() for parameter in self.network.parameters()),
            history=self.progress.history,
        )

    def batch(self, step: int) -> Batch:
        """The images and targets of `step`; depends on the seed and the step alone, and runs in a thread."""
        start = step * self.settings.batch_size
        order = sample_order(len(self.usable), self.settings.seed, start, self.settings.batch_size)
        pairs = []
        for place, drawn in enumerate(order):
            index = self.usable[drawn]
            image, target = self.cache.images[index], self.cache.targets[index]
            if self.settings.augment:
                random = np.random.default_rng([self.settings.seed, start + place])
                image, target = augmented(image, target, random)
            pairs.append((image, target))
        images, targets = zip(*pairs, strict=True)
        return np.stack(images), np.stack(targets)

    @property
    def total_steps(self) -> int:
        return self.settings.epochs * self.steps_per_epoch

    def seconds_left(self, steps_done: int) -> float | None:
        elapsed = self.clock() - self.started
        return elapsed / self.steps_done_here * (self.total_steps - steps_done) if self.steps_done_here else None

    def stop_if_asked(self) -> None:
        if self.should_stop():
            self.write_state()
            raise TrainingStopped(f"Stopped in epoch {self.progress.epoch + 1} of {self.settings.epochs}.")

    def count_time(self) -> None:
        now = self.clock()
        self.progress.seconds += now - self.counted
        self.progress.epoch_seconds += now - self.counted
        self.counted = now

    def write_state(self) -> None:
        self.count_time()
        save_state(self.workdir / STATE_FILE, self.fingerprint, self.network, self.optimiser, self.progress)
        self.state_written = self.clock()

    def failure(self, loss: float) -> TrainingFailed:
        best = self.workdir / BEST_FILE if self.progress.best_epoch else None
        kept = f"The model of epoch {self.progress.best_epoch} is kept." if best else "No model was kept."
        return TrainingFailed(
            f"The loss or its gradient is not a number (loss {loss}) in epoch {self.progress.epoch + 1}, "
            f"step {self.progress.step + 1}. Try a learning rate below {self.settings.learning_rate:g}. "
            f"{kept}",
            best,
        )


def _load_start(
    network: SegmentationNetwork,
    classes: Sequence[ClassSpec],
    settings: TrainingSettings,
    initial_weights: Path | None,
    weights_dir: Path | None,
) -> None:
    if initial_weights is not None:
        start_from(network, classes, settings, initial_weights)
    elif settings.encoder_weights == "imagenet":
        load_imagenet_weights(network.encoder, settings.encoder, weights_dir)


def _fingerprint(
    samples: Sequence[TrainingSample],
    validation: Sequence[TrainingSample],
    classes: Sequence[ClassSpec],
    settings: TrainingSettings,
    initial_weights: Path | None,
) -> str:
    identity = {
        "samples": [sample.name for sample in samples],
        "validation": [sample.name for sample in validation],
        "classes": [asdict(spec) for spec in classes],
        "settings": {name: value for name, value in settings.to_dict().items() if name not in NOT_IDENTITY},
        "initial_weights": initial_weights.name if initial_weights else None,
    }
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
