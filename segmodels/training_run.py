"""One training run: its steps, its epochs, and what it keeps on disk."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.optim import AdamW

from segmodels.architectures import SegmentationNetwork
from segmodels.batches import BatchSource, prefetched
from segmodels.checkpoints import Normalisation, save_model
from segmodels.data import SampleCache
from segmodels.device import autocast, to_input
from segmodels.errors import TrainingFailed, TrainingStopped
from segmodels.evaluation import ValidationSet, evaluate
from segmodels.losses import balanced_class_weights, segmentation_loss
from segmodels.optimisation import set_learning_rate
from segmodels.reports import EpochReport, StepReport, TrainingResult
from segmodels.settings import ClassSpec, TrainingSettings
from segmodels.training_state import Progress, save_state

LARGEST_GRADIENT_NORM = 5.0
STATE_FILE = "state.safetensors"
BEST_FILE = "best.safetensors"


@dataclass(frozen=True)
class Listeners:
    """What the caller of a run wants to be told and asked; see `training.train`."""

    on_step: Callable[[StepReport], None]
    on_epoch: Callable[[EpochReport], None]
    on_checkpoint: Callable[[Path], None] | None
    should_stop: Callable[[], bool]
    clock: Callable[[], float]


@dataclass
class TrainingRun:
    """One run in this process: what it works with, and how far it is."""

    network: SegmentationNetwork
    optimiser: AdamW
    cache: SampleCache
    validation: ValidationSet | None
    classes: Sequence[ClassSpec]
    settings: TrainingSettings
    workdir: Path
    fingerprint: str
    progress: Progress
    listeners: Listeners

    def __post_init__(self) -> None:
        self.normalisation = Normalisation.of_encoder(self.settings.encoder)
        self.device = next(self.network.parameters()).device
        self.steps_per_epoch = self.settings.steps_per_epoch or math.ceil(
            self.cache.labelled.sum() / self.settings.batch_size
        )
        counts = self.cache.pixels_per_class(len(self.classes))
        self.batches = BatchSource(self.cache, self.settings.batch_size, self.settings.seed, self.settings.augment)
        self.class_weights = balanced_class_weights(counts, self.settings.class_balance).to(self.device)
        self.started = self.counted = self.state_written = self.listeners.clock()
        self.steps_done_here = 0

    def train_epoch(self) -> None:
        """The steps of the present epoch that are still to do."""
        self.network.train()
        progress = self.progress
        first = progress.epoch * self.steps_per_epoch
        steps = range(first + progress.step, first + self.steps_per_epoch)
        for step, (images, targets) in prefetched(self.batches, steps):
            rate = set_learning_rate(self.optimiser, self.settings, step, self.total_steps)
            loss = self.learn(images, targets)
            progress.step += 1
            progress.loss_sum += loss
            self.steps_done_here += 1
            self.listeners.on_step(
                StepReport(step + 1, self.total_steps, progress.epoch + 1, loss, rate, self.seconds_left(step + 1))
            )
            self.stop_if_asked()
            if self.listeners.clock() - self.state_written >= self.settings.state_seconds:
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
        self.listeners.on_epoch(report)
        progress.epoch, progress.step, progress.loss_sum, progress.epoch_seconds = report.epoch, 0, 0.0, 0.0
        self.write_state()

    def keep_model(self, report: EpochReport) -> None:
        path = self.workdir / BEST_FILE
        scores = {"val_miou": report.val_miou, "iou_per_class": report.iou_per_class, "epoch": report.epoch}
        save_model(path, self.network.state_dict(), self.classes, self.settings, self.normalisation, scores)
        if self.listeners.on_checkpoint:
            self.listeners.on_checkpoint(path)

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

    @property
    def total_steps(self) -> int:
        return self.settings.epochs * self.steps_per_epoch

    def seconds_left(self, steps_done: int) -> float | None:
        elapsed = self.listeners.clock() - self.started
        return elapsed / self.steps_done_here * (self.total_steps - steps_done) if self.steps_done_here else None

    def stop_if_asked(self) -> None:
        if self.listeners.should_stop():
            self.write_state()
            raise TrainingStopped(f"Stopped in epoch {self.progress.epoch + 1} of {self.settings.epochs}.")

    def count_time(self) -> None:
        now = self.listeners.clock()
        self.progress.seconds += now - self.counted
        self.progress.epoch_seconds += now - self.counted
        self.counted = now

    def write_state(self) -> None:
        self.count_time()
        save_state(self.workdir / STATE_FILE, self.fingerprint, self.network, self.optimiser, self.progress)
        self.state_written = self.listeners.clock()

    def failure(self, loss: float) -> TrainingFailed:
        best = self.workdir / BEST_FILE if self.progress.best_epoch else None
        kept = f"The model of epoch {self.progress.best_epoch} is kept." if best else "No model was kept."
        return TrainingFailed(
            f"The loss or its gradient is not a number (loss {loss}) in epoch {self.progress.epoch + 1}, "
            f"step {self.progress.step + 1}. Try a learning rate below {self.settings.learning_rate:g}. "
            f"{kept}",
            best,
        )
