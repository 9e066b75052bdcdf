"""Scoring a network on labelled images."""

import math
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from segmodels.boundaries import BoundaryCounts
from segmodels.checkpoints import Normalisation
from segmodels.data import IGNORE_INDEX, SampleCache, TrainingSample, resize_target
from segmodels.forward import class_logits, softmax_of
from segmodels.inference import enlarged_argmax
from segmodels.metrics import ConfusionMatrix
from segmodels.processes import ALONE, Processes
from segmodels.reports import ValidationScores

FULL_RESOLUTION_PIXELS = 1 << 20


@dataclass(frozen=True)
class PackedTarget:
    """One int16 target (H, W), compressed: a label map shrinks to a few per cent of its size."""

    shape: tuple[int, ...]
    packed: bytes

    @classmethod
    def pack(cls, target: NDArray[np.int16]) -> "PackedTarget":
        return cls(target.shape, zlib.compress(np.ascontiguousarray(target).tobytes(), 1))

    def unpack(self) -> NDArray[np.int16]:
        return np.frombuffer(zlib.decompress(self.packed), np.int16).reshape(self.shape)


@dataclass(frozen=True)
class ValidationSet:
    """Labelled images at the network's size, and their targets at the labels' own resolution.

    Targets above 2**20 px are brought down to that many px by nearest neighbour, so that large images
    do not make every epoch slow.
    """

    cache: SampleCache
    targets: list[PackedTarget]

    def __len__(self) -> int:
        return len(self.targets)

    @classmethod
    def build(
        cls, samples: Sequence[TrainingSample], class_count: int, size: tuple[int, int], path: Path
    ) -> "ValidationSet":
        cache = SampleCache.build(samples, class_count, size, path)
        targets = [PackedTarget.pack(_scoring_target(np.asarray(sample.target(), np.int16))) for sample in samples]
        return cls(cache, targets)


@dataclass(frozen=True)
class Evaluation:
    """`loss`: mean cross-entropy per labelled pixel at the network's size, None where nothing is labelled."""

    loss: float | None
    confusion: ConfusionMatrix
    boundaries: BoundaryCounts

    def scores(self) -> ValidationScores:
        return ValidationScores(
            val_loss=self.loss,
            val_miou=self.confusion.miou,
            iou_per_class=self.confusion.iou_per_class,
            pixel_accuracy=self.confusion.pixel_accuracy,
            class_accuracy=self.confusion.class_accuracy,
            dice=self.confusion.dice,
            dice_per_class=self.confusion.dice_per_class,
            boundary_miou=self.boundaries.miou,
            boundary_iou_per_class=self.boundaries.iou_per_class,
        )


def evaluate(
    module: nn.Module,
    validation: ValidationSet,
    class_count: int,
    normalisation: Normalisation,
    batch_size: int,
    before_batch: Callable[[], None] = lambda: None,
    processes: Processes = ALONE,
) -> Evaluation:
    """Loss and counts over all images; `before_batch` may raise to break off.

    Several `processes` score a share each, and all return the whole.
    """
    module.eval()
    confusion, boundaries = ConfusionMatrix(class_count), BoundaryCounts(class_count)
    loss_sum, labelled_pixels = 0.0, 0
    for start in range(processes.rank * batch_size, len(validation), processes.size * batch_size):
        before_batch()
        stop = min(start + batch_size, len(validation))
        logits = class_logits(module, validation.cache.images[start:stop], normalisation)
        small_targets = torch.from_numpy(validation.cache.targets[start:stop]).long()
        loss_sum += float(
            functional.cross_entropy(
                logits, small_targets.to(logits.device), ignore_index=IGNORE_INDEX, reduction="sum"
            )
        )
        labelled_pixels += int((small_targets != IGNORE_INDEX).sum())
        for packed, of_image in zip(validation.targets[start:stop], softmax_of(logits), strict=True):
            target = packed.unpack()
            predicted, _ = enlarged_argmax(of_image, (target.shape[0], target.shape[1]))
            confusion.add(target, predicted)
            boundaries.add(target, predicted)
    device = next(module.parameters()).device
    sums = torch.tensor([loss_sum, labelled_pixels], dtype=torch.float64, device=device)
    loss_sum, labelled_pixels = processes.total(sums).tolist()
    for counts in (confusion.counts, boundaries.intersections, boundaries.unions):
        counts[...] = processes.total(torch.from_numpy(counts).to(device)).cpu().numpy()
    return Evaluation(loss_sum / labelled_pixels if labelled_pixels else None, confusion, boundaries)


def _scoring_target(target: NDArray[np.int16]) -> NDArray[np.int16]:
    height, width = target.shape
    if height * width <= FULL_RESOLUTION_PIXELS:
        return target
    shrink = math.sqrt(FULL_RESOLUTION_PIXELS / (height * width))
    return resize_target(target, (max(1, int(height * shrink)), max(1, int(width * shrink))))
