"""One training run: its steps, its epochs, and what it keeps on disk."""

import contextlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self, TypeVar, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.amp import GradScaler
from torch.nn.parallel import DistributedDataParallel
from torch.optim import Optimizer

from segmodels.architectures import SegmentationNetwork
from segmodels.averaging import AveragedWeights
from segmodels.batches import BatchSource, prefetched
from segmodels.checkpoints import Normalisation, save_model
from segmodels.data import SampleCache
from segmodels.device import autocast, to_input
from segmodels.errors import TrainingFailed, TrainingStopped
from segmodels.evaluation import Evaluation, ValidationSet, evaluate
from segmodels.losses import balanced_class_weights, labelled_weight, weighted_loss
from segmodels.memory import is_out_of_memory, parts, release_memory
from segmodels.optimisation import set_learning_rate
from segmodels.processes import ALONE, Processes
from segmodels.reports import EpochReport, StepReport, TrainingResult
from segmodels.settings import ClassSpec, TrainingSettings
from segmodels.training_state import Progress, save_state

SMALLEST_LOSS_SCALE = 1.0
ONE_VALUE_PER_CHANNEL = "Expected more than 1 value per channel"
STATE_FILE = "state.safetensors"
BEST_FILE = "best.safetensors"

Done = TypeVar("Done")


@dataclass(frozen=True)
class Listeners:
    """What the caller of a run wants to be told and asked; see `training.train`."""

    on_step: Callable[[StepReport], None]
    on_epoch: Callable[[EpochReport], None]
    on_checkpoint: Callable[[Path], None] | None
    should_stop: Callable[[], bool]
    clock: Callable[[], float]
    on_note: Callable[[str], None] = lambda text: None

    @classmethod
    def silent(cls, clock: Callable[[], float]) -> Self:
        """For a process that leaves the talking to another."""
        return cls(lambda report: None, lambda report: None, None, lambda: False, clock)


@dataclass
class TrainingRun:
    """One run in this process: what it works with, and how far it is."""

    network: SegmentationNetwork
    optimiser: Optimizer
    cache: SampleCache
    validation: ValidationSet | None
    classes: Sequence[ClassSpec]
    settings: TrainingSettings
    workdir: Path
    fingerprint: str
    progress: Progress
    listeners: Listeners
    average: AveragedWeights | None = None
    scaler: GradScaler = field(default_factory=lambda: GradScaler(enabled=False))
    processes: Processes = ALONE

    def __post_init__(self) -> None:
        self.normalisation = Normalisation.of_encoder(self.settings.encoder)
        self.device = next(self.network.parameters()).device
        self.steps_per_epoch = self.settings.steps_per_epoch or math.ceil(
            self.cache.labelled.sum() / self.settings.batch_size
        )
        counts = self.cache.pixels_per_class(len(self.classes))
        chosen = self.settings
        self.batches = BatchSource(
            self.cache, chosen.batch_size, chosen.seed, chosen.augment, chosen.blur, chosen.elastic, self.processes
        )
        self.forward = self.wrapped_network()
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
            if self.average:
                self.average.update(self.network, step + 1)
            self.listeners.on_step(
                StepReport(step + 1, self.total_steps, progress.epoch + 1, loss, rate, self.seconds_left(step + 1))
            )
            self.stop_if_asked()
            if self.listeners.clock() - self.state_written >= self.settings.state_seconds:
                self.write_state()

    def learn(self, images: NDArray[np.uint8], targets: NDArray[np.int16]) -> float:
        """One optimiser step; returns the loss, raises TrainingFailed where it is not a number."""
        wanted = torch.from_numpy(targets).to(self.device).long()
        value = self.within_memory(lambda: self.add_gradients(images, wanted))
        self.scaler.unscale_(self.optimiser)
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), self.settings.gradient_clip or math.inf)
        # A float16 gradient may overflow: the scaler then leaves the step out and lowers its scale.
        may_overflow = self.scaler.is_enabled() and self.scaler.get_scale() > SMALLEST_LOSS_SCALE
        if not (math.isfinite(value) and (may_overflow or math.isfinite(float(norm)))):
            raise self.failure(value)
        self.scaler.step(self.optimiser)
        self.scaler.update()
        return value

    def add_gradients(self, images: NDArray[np.uint8], wanted: Tensor) -> float:
        """Leave the gradient of this process' part of the batch's loss in the network; returns that loss.

        A batch taken in parts has the same cross-entropy and focal loss; Dice and Lovász, which are no sums
        over pixels, become means over the parts, and batch norm sees a part at a time.
        """
        self.optimiser.zero_grad(set_to_none=True)
        pieces = parts(len(images), self.micro_batch)
        whole = self.processes.total(labelled_weight(wanted, self.class_weights))
        value = 0.0
        for piece in pieces:
            with self.reducing(piece is pieces[-1]):
                loss = self.loss(images[piece], wanted[piece])
                if len(pieces) > 1:
                    weight = self.processes.total(labelled_weight(wanted[piece], self.class_weights))
                    loss = loss * (weight / torch.where(whole > 0, whole, 1))
                # Across processes gradients are averaged, but here they are parts of a sum.
                self.scaler.scale(loss * self.processes.size).backward()
            value += float(loss.detach())
        return value

    def loss(self, images: NDArray[np.uint8], wanted: Tensor) -> Tensor:
        """The loss of some images; their gradient-free values are the same in all processes."""
        inputs = to_input(images, self.normalisation.mean, self.normalisation.std, self.device)
        try:
            with autocast(self.device, self.settings.precision):
                logits = self.forward(inputs)
        except ValueError as error:
            if ONE_VALUE_PER_CHANNEL not in str(error):
                raise
            raise self.failed(f"Batch norm cannot learn from {len(images)} image of this size at once.") from error
        return weighted_loss(
            logits, wanted, self.settings.loss, self.class_weights, self.settings.focal_gamma, self.processes
        )

    def wrapped_network(self) -> nn.Module:
        """The network as it is called in a step: reducing gradients over the processes, compiled on request."""
        module: nn.Module = self.network
        if self.settings.compile:
            module = cast(nn.Module, torch.compile(module))
        if self.processes.size > 1:
            devices = [self.device] if self.device.type == "cuda" else None
            # Some encoders carry layers that segmentation does not use.
            module = DistributedDataParallel(module, device_ids=devices, find_unused_parameters=True)
        return module

    def reducing(self, last: bool) -> contextlib.AbstractContextManager[None]:
        """Gradients are summed over the processes once, with the last part of a batch."""
        if last or not isinstance(self.forward, DistributedDataParallel):
            return contextlib.nullcontext()
        waiting: contextlib.AbstractContextManager[None] = self.forward.no_sync()
        return waiting

    @property
    def micro_batch(self) -> int:
        """How many images are put through the network at once."""
        own = self.settings.batch_size // self.processes.size
        return min(own, self.progress.micro_batch or self.settings.micro_batch_size or own)

    def within_memory(self, work: Callable[[], Done]) -> Done:
        """`work()`, done again with half as many images at once as often as memory runs out."""
        while True:
            try:
                return work()
            except RuntimeError as error:
                if not is_out_of_memory(error):
                    raise
                reason = str(error).splitlines()[0]
            # After the except clause, so that nothing holds the tensors of the failed try any more.
            self.halve_micro_batch(reason)

    def halve_micro_batch(self, reason: str) -> None:
        tried = self.micro_batch
        if tried == 1:
            raise self.failed(f"Memory ran out with 1 image at once ({reason}). Choose a smaller image size.")
        if self.processes.size > 1:
            # The others would go on waiting for this process' part of the batch.
            raise self.failed(f"Memory ran out with {tried} images at once ({reason}). Lower micro_batch_size.")
        self.optimiser.zero_grad(set_to_none=True)
        release_memory()
        self.progress.micro_batch = tried // 2
        self.listeners.on_note(
            f"Memory ran out with {tried} images at once; going on with {self.micro_batch} at a time. "
            f"The batch stays {self.settings.batch_size}: gradients are added up."
        )

    def finish_epoch(self) -> None:
        """Score the epoch, keep the model where it is the best, report, write the state."""
        progress = self.progress
        evaluation = self.within_memory(self.score)
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
            class_accuracy=evaluation.confusion.class_accuracy if evaluation else None,
            dice=evaluation.confusion.dice if evaluation else None,
            dice_per_class=evaluation.confusion.dice_per_class if evaluation else [],
            boundary_miou=evaluation.boundaries.miou if evaluation else None,
            boundary_iou_per_class=evaluation.boundaries.iou_per_class if evaluation else [],
        )
        if is_best:
            progress.best_epoch, progress.best_score = report.epoch, miou
            self.keep_model(report)
        progress.history.append(report)
        self.listeners.on_epoch(report)
        progress.epoch, progress.step, progress.loss_sum, progress.epoch_seconds = report.epoch, 0, 0.0, 0.0
        self.write_state()

    def score(self) -> Evaluation | None:
        """The kept network on the validation images, None without any."""
        if self.validation is None:
            return None
        # Batch norms of processes without GPUs saw different images; those of the first are kept.
        self.processes.copy_from_first(self.kept_network.buffers())
        # Processes score different numbers of batches, so that they cannot agree to stop in between.
        before_batch = self.stop_if_asked if self.processes.size == 1 else lambda: None
        return evaluate(
            self.kept_network, self.validation, len(self.classes), self.normalisation,
            self.micro_batch, before_batch, self.processes,
        )  # fmt: skip

    @property
    def kept_network(self) -> SegmentationNetwork:
        """The one that is scored and written: that of the averaged weights where they are averaged."""
        return self.average.network if self.average else self.network

    def keep_model(self, report: EpochReport) -> None:
        if not self.processes.writes:
            return
        path = self.workdir / BEST_FILE
        scores = {"val_miou": report.val_miou, "iou_per_class": report.iou_per_class, "epoch": report.epoch}
        save_model(path, self.kept_network.state_dict(), self.classes, self.settings, self.normalisation, scores)
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
        if self.processes.agree(self.listeners.should_stop(), self.device):
            self.write_state()
            raise TrainingStopped(f"Stopped in epoch {self.progress.epoch + 1} of {self.settings.epochs}.")

    def count_time(self) -> None:
        now = self.listeners.clock()
        self.progress.seconds += now - self.counted
        self.progress.epoch_seconds += now - self.counted
        self.counted = now

    def write_state(self) -> None:
        self.count_time()
        if self.processes.writes:
            averaged = self.average.network if self.average else None
            path, scaler = self.workdir / STATE_FILE, self.scaler if self.scaler.is_enabled() else None
            save_state(path, self.fingerprint, self.network, self.optimiser, self.progress, averaged, scaler)
        self.state_written = self.listeners.clock()

    def failure(self, loss: float) -> TrainingFailed:
        return self.failed(
            f"The loss or its gradient is not a number (loss {loss}). "
            f"Try a learning rate below {self.settings.learning_rate:g}."
        )

    def failed(self, reason: str) -> TrainingFailed:
        best = self.workdir / BEST_FILE if self.progress.best_epoch else None
        kept = f"The model of epoch {self.progress.best_epoch} is kept." if best else "No model was kept."
        place = f"In epoch {self.progress.epoch + 1}, step {self.progress.step + 1}: "
        return TrainingFailed(f"{place}{reason} {kept}", best)
