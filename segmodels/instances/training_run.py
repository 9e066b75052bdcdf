"""One Mask R-CNN run: its steps, its epochs, and what it keeps on disk."""

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.optim import Optimizer

from segmodels.batches import prefetched
from segmodels.device import autocast
from segmodels.errors import TrainingFailed, TrainingStopped
from segmodels.instances.checkpoints import save_instance_model
from segmodels.instances.data import InstanceSample, image_tensor
from segmodels.instances.mask_rcnn import MaskRCNN
from segmodels.instances.metrics import ObjectTruth, evaluate_instances
from segmodels.instances.reports import InstanceEpochReport, InstanceResult, InstanceStepReport, MaskScores
from segmodels.instances.settings import InstanceSettings
from segmodels.instances.store import InstanceBatches, InstanceStore
from segmodels.instances.training_state import InstanceProgress, save_state
from segmodels.optimisation import rate_factor
from segmodels.settings import ClassSpec

LARGEST_GRADIENT_NORM = 5.0
STATE_FILE = "state.safetensors"
BEST_FILE = "best.safetensors"


@dataclass(frozen=True)
class InstanceListeners:
    """What the caller of a run wants to be told and asked; see `training.train_instances`."""

    on_step: Callable[[InstanceStepReport], None]
    on_epoch: Callable[[InstanceEpochReport], None]
    on_checkpoint: Callable[[Path], None] | None
    should_stop: Callable[[], bool]
    clock: Callable[[], float]


@dataclass(frozen=True)
class InstanceValidation:
    """Images to score after each epoch, with their encoded truth."""

    samples: Sequence[InstanceSample]
    truth: ObjectTruth


@dataclass
class InstanceRun:
    """One run in this process: what it works with, and how far it is."""

    network: MaskRCNN
    optimiser: Optimizer
    store: InstanceStore
    validation: InstanceValidation | None
    classes: Sequence[ClassSpec]
    settings: InstanceSettings
    workdir: Path
    fingerprint: str
    progress: InstanceProgress
    listeners: InstanceListeners

    def __post_init__(self) -> None:
        self.device = next(self.network.parameters()).device
        self.steps_per_epoch = self.settings.steps_per_epoch or math.ceil(
            len(self.store.told) / self.settings.batch_size
        )
        self.total_steps = self.settings.epochs * self.steps_per_epoch
        self.batches = InstanceBatches(self.store, self.settings)
        self.started = self.counted = self.state_written = self.listeners.clock()
        self.steps_done_here = 0

    def train_epoch(self) -> None:
        """The steps of the present epoch that are still to do."""
        self.network.train()
        progress = self.progress
        first = progress.epoch * self.steps_per_epoch
        for step, (images, targets) in prefetched(
            self.batches, range(first + progress.step, first + self.steps_per_epoch)
        ):
            rate = self.set_learning_rate(step)
            losses = self.learn(images, targets)
            progress.step += 1
            progress.loss_sums = {name: progress.loss_sums.get(name, 0.0) + loss for name, loss in losses.items()}
            self.steps_done_here += 1
            self.listeners.on_step(
                InstanceStepReport(
                    step + 1, self.total_steps, progress.epoch + 1, sum(losses.values()), losses, rate,
                    self.seconds_left(step + 1),
                )
            )  # fmt: skip
            self.stop_if_asked()
            if self.listeners.clock() - self.state_written >= self.settings.state_seconds:
                self.write_state()

    def learn(self, images: Sequence[NDArray[np.uint8]], targets: Sequence[dict[str, Tensor]]) -> dict[str, float]:
        """One optimiser step; returns the five losses, raises TrainingFailed where one is not a number."""
        inputs = [image_tensor(image, self.device) for image in images]
        wanted = [{name: tensor.to(self.device) for name, tensor in target.items()} for target in targets]
        with autocast(self.device, _precision(self.device)):
            losses = self.network.losses(inputs, wanted)
        total = torch.stack([loss.float() for loss in losses.values()]).sum()
        self.optimiser.zero_grad(set_to_none=True)
        total.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), LARGEST_GRADIENT_NORM)
        if not (math.isfinite(float(total.detach())) and math.isfinite(float(norm))):
            raise self.failure(float(total.detach()))
        self.optimiser.step()
        return {name: float(loss.detach()) for name, loss in losses.items()}

    def finish_epoch(self) -> None:
        """Score the epoch, keep the model where it is the best, report, write the state."""
        progress, scores = self.progress, self.validation_scores()
        ap = scores.ap if scores else None
        is_best = ap is None or progress.best_score is None or ap > progress.best_score
        self.count_time()
        means = {name: total / self.steps_per_epoch for name, total in progress.loss_sums.items()}
        report = InstanceEpochReport(
            epoch=progress.epoch + 1,
            epochs=self.settings.epochs,
            train_loss=sum(means.values()),
            train_losses=means,
            scores=scores,
            seconds=progress.epoch_seconds,
            is_best=is_best,
        )
        if is_best:
            progress.best_epoch, progress.best_score = report.epoch, ap
            self.keep_model(report)
        progress.history.append(report)
        self.listeners.on_epoch(report)
        progress.epoch, progress.step, progress.loss_sums, progress.epoch_seconds = report.epoch, 0, {}, 0.0
        self.write_state()

    def validation_scores(self) -> MaskScores | None:
        if self.validation is None:
            return None
        samples, truth = self.validation.samples, self.validation.truth
        return evaluate_instances(self.network, samples, truth, self.settings, self.stop_if_asked)

    def keep_model(self, report: InstanceEpochReport) -> None:
        path = self.workdir / BEST_FILE
        scores = {"epoch": report.epoch} | (asdict(report.scores) if report.scores else {})
        save_instance_model(path, self.network.state_dict(), self.classes, self.settings, scores)
        if self.listeners.on_checkpoint:
            self.listeners.on_checkpoint(path)

    def result(self) -> InstanceResult:
        best = self.progress.history[self.progress.best_epoch - 1]
        return InstanceResult(
            checkpoint=self.workdir / BEST_FILE,
            scores=best.scores,
            best_epoch=best.epoch,
            epochs=self.progress.epoch,
            seconds=self.progress.seconds,
            parameters=sum(parameter.numel() for parameter in self.network.parameters()),
            history=self.progress.history,
        )

    def set_learning_rate(self, step: int) -> float:
        """Set every group's rate for `step` (from 0); returns the rate outside the encoder."""
        factor = rate_factor(step, self.total_steps, self.settings.warmup_fraction)
        for group in self.optimiser.param_groups:
            group["lr"] = group["base_rate"] * factor
        return self.settings.learning_rate * factor

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
            f"step {self.progress.step + 1}. Try a learning rate below {self.settings.learning_rate:g}. {kept}",
            best,
        )


def _precision(device: torch.device) -> str:
    """float16 would need scaled losses; a GPU without bfloat16 trains in full precision."""
    has_bfloat16 = device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    return "bfloat16" if has_bfloat16 else "float32"
