"""Learning to label pixels: batches of class maps, losses over labelled pixels, IoU."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from torch import Tensor, nn

from segmodels.architectures import Network
from segmodels.batches import BatchSource
from segmodels.checkpoints import Normalisation
from segmodels.data import SampleCache, TrainingSample
from segmodels.device import autocast, host_tensor, pick_training_precision, to_input
from segmodels.errors import DataError
from segmodels.evaluation import ValidationSet, evaluate
from segmodels.losses import balanced_class_weights, labelled_weight, loss_terms
from segmodels.phrase import counted
from segmodels.processes import ALONE, Processes
from segmodels.reports import ValidationScores
from segmodels.settings import TrainingSettings


@dataclass(frozen=True)
class PixelBatch:
    """`images` uint8 (B, H, W, 3) and `targets` int16 (B, H, W), both on the host."""

    images: Tensor
    targets: Tensor

    def __len__(self) -> int:
        return len(self.images)


class PixelLearner:
    """See `learner.Learner`; `validation` None leaves runs unscored."""

    def __init__(
        self,
        network: Network,
        cache: SampleCache,
        validation: ValidationSet | None,
        class_count: int,
        settings: TrainingSettings,
        processes: Processes = ALONE,
    ) -> None:
        self.network = network
        self.cache = cache
        self.validation = validation
        self.class_count = class_count
        self.settings = settings
        self.processes = processes
        self.device = next(network.parameters()).device
        self.precision = pick_training_precision(self.device, settings.precision)
        self.normalisation = Normalisation.of_encoder(settings.encoder)
        self.source = BatchSource(
            cache, settings.batch_size, settings.seed, settings.augment, settings.blur, settings.elastic, processes
        )
        counts = cache.pixels_per_class(class_count)
        self.class_weights = balanced_class_weights(counts, settings.class_balance).to(self.device)

    @classmethod
    def prepare(
        cls,
        network: Network,
        samples: Sequence[TrainingSample],
        validation: Sequence[TrainingSample],
        class_count: int,
        settings: TrainingSettings,
        workdir: Path,
        processes: Processes = ALONE,
    ) -> Self:
        """Read all samples once, each process into a cache of its own in `workdir`; raises DataError."""
        size = settings.image_size
        cache = SampleCache.build(samples, class_count, size, workdir / f"training-{processes.rank}")
        if not cache.labelled.any():
            raise DataError(
                counted(
                    "The training image has no labelled pixel of a trained class.",
                    "None of the {count} training images has a labelled pixel of a trained class.",
                    len(samples),
                )
            )
        path = workdir / f"validation-{processes.rank}"
        scored = ValidationSet.build(validation, class_count, size, path) if validation else None
        if scored is not None and not scored.cache.labelled.any():
            scored = None
        return cls(network, cache, scored, class_count, settings, processes)

    @property
    def usable_images(self) -> int:
        return int(self.cache.labelled.sum())

    def batch(self, step: int) -> PixelBatch:
        images, targets = self.source(step)
        return PixelBatch(host_tensor(images, self.device), host_tensor(targets, self.device))

    def losses(self, forward: nn.Module | Callable[..., Any], batch: PixelBatch, piece: slice) -> dict[str, Tensor]:
        """Where a batch is taken in parts, cross-entropy and focal loss stay those of the whole batch.

        Dice and Lovász, which are no sums over pixels, become means over the parts, and batch norm sees a
        part at a time.
        """
        inputs = to_input(batch.images[piece], self.normalisation.mean, self.normalisation.std, self.device)
        wanted = self._on_device(batch.targets[piece])
        with autocast(self.device, self.precision):
            logits = forward(inputs)
        chosen = self.settings
        terms = loss_terms(logits, wanted, chosen.loss, self.class_weights, chosen.focal_gamma, self.processes)
        if len(wanted) == len(batch):
            return terms
        share = self._labelled(wanted) / self._labelled(self._on_device(batch.targets)).clamp(min=1e-12)
        return {name: term * share for name, term in terms.items()}

    def evaluate(self, network: Network, batch_size: int, before_batch: Callable[[], None]) -> ValidationScores:
        if self.validation is None:
            return ValidationScores(iou_per_class=[None] * self.class_count)
        evaluation = evaluate(
            network, self.validation, self.class_count, self.normalisation, batch_size, before_batch, self.processes
        )
        return evaluation.scores()

    def _on_device(self, targets: Tensor) -> Tensor:
        return targets.to(self.device, non_blocking=True).long()

    def _labelled(self, wanted: Tensor) -> Tensor:
        return self.processes.total(labelled_weight(wanted, self.class_weights))
