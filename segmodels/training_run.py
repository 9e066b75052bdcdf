"""One training run: its steps, its epochs, and what it keeps on disk."""

import contextlib
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Generic, Self, TypeVar, cast

import torch
from torch import nn
from torch.amp import GradScaler
from torch.nn.parallel import DistributedDataParallel
from torch.optim import Optimizer

from segmodels.architectures import Network
from segmodels.averaging import AveragedWeights
from segmodels.batches import prefetched
from segmodels.checkpoints import Normalisation, save_model
from segmodels.errors import TrainingFailed, TrainingStopped
from segmodels.learner import BatchT, Learner
from segmodels.memory import is_out_of_memory, parts, release_memory
from segmodels.optimisation import set_learning_rate
from segmodels.phrase import Phrase
from segmodels.processes import ALONE, Processes
from segmodels.reports import EpochReport, StepReport, TrainingResult, ValidationScores
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
class TrainingRun(Generic[BatchT]):
    """One run in this process: what it works with, and how far it is."""

    learner: Learner[BatchT]
    optimiser: Optimizer
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
        self.network = self.learner.network
        self.device = next(self.network.parameters()).device
        self.steps_per_epoch = self.settings.steps_per_epoch or math.ceil(
            self.learner.usable_images / self.settings.batch_size
        )
        self.forward = self.wrapped_network()
        self.started = self.counted = self.state_written = self.listeners.clock()
        self.steps_done_here = 0

    def train_epoch(self) -> None:
        """The steps of the present epoch that are still to do."""
        self.network.train()
        progress = self.progress
        first = progress.epoch * self.steps_per_epoch
        steps = range(first + progress.step, first + self.steps_per_epoch)
        for step, batch in prefetched(self.learner.batch, steps):
            rate = set_learning_rate(self.optimiser, self.settings, step, self.total_steps)
            losses = self.learn(batch)
            progress.step += 1
            progress.add_losses(losses)
            self.steps_done_here += 1
            if self.average:
                self.average.update(self.network, step + 1)
            self.listeners.on_step(self.step_report(step + 1, losses, rate))
            self.stop_if_asked()
            if self.listeners.clock() - self.state_written >= self.settings.state_seconds:
                self.write_state()

    def step_report(self, steps_done: int, losses: dict[str, float], rate: float) -> StepReport:
        left, epoch = self.seconds_left(steps_done), self.progress.epoch + 1
        return StepReport(steps_done, self.total_steps, epoch, sum(losses.values()), rate, left, losses)

    def learn(self, batch: BatchT) -> dict[str, float]:
        """One optimiser step; returns the losses by name, raises TrainingFailed where one is not a number."""
        losses = self.within_memory(lambda: self.add_gradients(batch))
        self.scaler.unscale_(self.optimiser)
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), self.settings.gradient_clip or math.inf)
        # A float16 gradient may overflow: the scaler then leaves the step out and lowers its scale.
        may_overflow = self.scaler.is_enabled() and self.scaler.get_scale() > SMALLEST_LOSS_SCALE
        value = sum(losses.values())
        if not (math.isfinite(value) and (may_overflow or math.isfinite(float(norm)))):
            raise self.failure(value)
        self.scaler.step(self.optimiser)
        self.scaler.update()
        return losses

    def add_gradients(self, batch: BatchT) -> dict[str, float]:
        """Leave the gradient of this process' part of the batch's losses in the network; returns those losses."""
        self.optimiser.zero_grad(set_to_none=True)
        pieces = parts(len(batch), self.micro_batch)
        values: dict[str, float] = {}
        for piece in pieces:
            with self.reducing(piece is pieces[-1]):
                losses = self.losses(batch, piece)
                summed = torch.stack(list(losses.values())).sum()
                # Across processes gradients are averaged, but here they are parts of a sum.
                self.scaler.scale(summed * self.processes.size).backward()
            read = torch.stack([loss.detach() for loss in losses.values()]).tolist()
            values = {name: values.get(name, 0.0) + value for name, value in zip(losses, read, strict=True)}
        return values

    def losses(self, batch: BatchT, piece: slice) -> dict[str, torch.Tensor]:
        try:
            return self.learner.losses(self.forward, batch, piece)
        except ValueError as error:
            if ONE_VALUE_PER_CHANNEL not in str(error):
                raise
            count = piece.stop - piece.start
            raise self.failed(
                Phrase("Batch norm cannot learn from {count} image of this size at once.", count=count)
            ) from error

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
            raise self.failed(
                Phrase("Memory ran out with 1 image at once ({reason}). Choose a smaller image size.", reason=reason)
            )
        if self.processes.size > 1:
            # The others would go on waiting for this process' part of the batch.
            raise self.failed(
                Phrase(
                    "Memory ran out with {count} images at once ({reason}). Lower micro_batch_size.",
                    count=tried,
                    reason=reason,
                )
            )
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
        scores = self.within_memory(self.score)
        is_best = scores.score is None or progress.best_score is None or scores.score > progress.best_score
        self.count_time()
        means = {name: total / self.steps_per_epoch for name, total in progress.loss_sums.items()}
        report = EpochReport(
            **vars(scores),
            epoch=progress.epoch + 1,
            epochs=self.settings.epochs,
            train_loss=sum(means.values()),
            train_losses=means,
            seconds=progress.epoch_seconds,
            is_best=is_best,
        )
        if is_best:
            progress.best_epoch, progress.best_score = report.epoch, scores.score
            self.keep_model(report.epoch, scores)
        progress.history.append(report)
        self.listeners.on_epoch(report)
        progress.epoch, progress.step, progress.loss_sums, progress.epoch_seconds = report.epoch, 0, {}, 0.0
        self.write_state()

    def score(self) -> ValidationScores:
        """The kept network on the validation images."""
        # Batch norms of processes without GPUs saw different images; those of the first are kept.
        self.processes.copy_from_first(self.kept_network.buffers())
        # Processes score different numbers of batches, so that they cannot agree to stop in between.
        before_batch = self.stop_if_asked if self.processes.size == 1 else lambda: None
        return self.learner.evaluate(self.kept_network, self.micro_batch, before_batch)

    @property
    def kept_network(self) -> Network:
        """The one that is scored and written: that of the averaged weights where they are averaged."""
        return self.average.network if self.average else self.network

    def keep_model(self, epoch: int, scores: ValidationScores) -> None:
        if not self.processes.writes:
            return
        path = self.workdir / BEST_FILE
        normalisation = Normalisation.of_encoder(self.settings.encoder)
        described = {"epoch": epoch} | asdict(scores)
        save_model(path, self.kept_network.state_dict(), self.classes, self.settings, normalisation, described)
        if self.listeners.on_checkpoint:
            self.listeners.on_checkpoint(path)

    def result(self) -> TrainingResult:
        return TrainingResult(
            checkpoint=self.workdir / BEST_FILE,
            best=self.progress.history[self.progress.best_epoch - 1],
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
            Phrase(
                "The loss or its gradient is not a number (loss {loss}). Try a learning rate below {rate:g}.",
                loss=str(loss),
                rate=self.settings.learning_rate,
            )
        )

    def failed(self, reason: str) -> TrainingFailed:
        best = self.workdir / BEST_FILE if self.progress.best_epoch else None
        told: dict[str, Any] = {"epoch": self.progress.epoch + 1, "step": self.progress.step + 1, "reason": reason}
        if best is None:
            return TrainingFailed(Phrase("In epoch {epoch}, step {step}: {reason} No model was kept.", **told))
        told["best"] = self.progress.best_epoch
        return TrainingFailed(
            Phrase("In epoch {epoch}, step {step}: {reason} The model of epoch {best} is kept.", **told), best
        )
