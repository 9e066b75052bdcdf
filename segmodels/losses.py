"""Loss over labelled pixels only."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from segmodels.data import IGNORE_INDEX

SMALLEST_DENOMINATOR = 1e-6
WEIGHT_RANGE = (0.1, 10.0)


def segmentation_loss(
    logits: Tensor, target: Tensor, dice_weight: float, class_weights: Tensor | None = None
) -> Tensor:
    """Mean cross-entropy over labelled pixels plus `dice_weight` times the soft Dice loss.

    `class_weights` float (C,) makes the cross-entropy a weighted mean, the weight being that of a pixel's
    true class.

    `logits` float (N, C, H, W); `target` int64 (N, H, W) with 0..C-1, or -1 for pixels that do not count:
    they add nothing, and the gradient at their logits is exactly zero. Nothing labelled gives exactly 0.
    """
    logits = logits.float()
    labelled = target != IGNORE_INDEX
    weights = logits.new_ones(logits.shape[1]) if class_weights is None else class_weights
    summed = functional.cross_entropy(logits, target, weights, ignore_index=IGNORE_INDEX, reduction="sum")
    total = (weights[target.clamp(min=0)] * labelled).sum()
    loss = summed / torch.where(total > 0, total, 1)
    if dice_weight:
        loss = loss + dice_weight * dice_loss(logits, target)
    return loss


def dice_loss(logits: Tensor, target: Tensor) -> Tensor:
    """One minus the soft Dice of each class in the batch's truth, averaged over those classes.

    Shapes as in `segmentation_loss`; 0 where nothing is labelled. Milletari et al., V-Net (2016).
    """
    labelled = target != IGNORE_INDEX
    mask = labelled.unsqueeze(1)
    truth = functional.one_hot(target.clamp(min=0), logits.shape[1]).permute(0, 3, 1, 2).to(logits.dtype) * mask
    probabilities = logits.softmax(1) * mask
    overlap = (probabilities * truth).sum((0, 2, 3))
    total = (probabilities + truth).sum((0, 2, 3)).clamp(min=SMALLEST_DENOMINATOR)
    present = truth.sum((0, 2, 3)) > 0
    missed = (1 - 2 * overlap / total) * present
    return missed.sum() / present.sum().clamp(min=1)


def balanced_class_weights(pixel_counts: Sequence[int], balance: float) -> Tensor:
    """Weights (C,) float32 from labelled pixels per class: (median frequency / frequency) ** `balance`.

    0 gives ones, 1 is median frequency balancing (Eigen and Fergus, 2015). Kept within 0.1 to 10; a class
    without pixels weighs 1, since it is never the truth.
    """
    counts = torch.tensor(pixel_counts, dtype=torch.float64)
    present = counts > 0
    weights = torch.ones_like(counts)
    if present.any():
        weights[present] = (counts[present].median() / counts[present]) ** balance
    return weights.clamp(*WEIGHT_RANGE).float()
