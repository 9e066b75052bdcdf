"""Losses over labelled pixels only, and their weighted sum.

In all of them `logits` is float (N, C, H, W) and `target` int64 (N, H, W) with 0..C-1, or -1 for pixels
that do not count: those add nothing, and the gradient at their logits is exactly zero. Nothing labelled
gives exactly 0. With several `processes` each holds its own share of the batch: the value is that of the
whole batch, and the gradients of the processes add up to its gradient.
"""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from segmodels.data import IGNORE_INDEX
from segmodels.processes import ALONE, Processes

SMALLEST_DENOMINATOR = 1e-6
WEIGHT_RANGE = (0.1, 10.0)
FOCAL_GAMMA = 2.0


def loss_terms(
    logits: Tensor,
    target: Tensor,
    terms: Mapping[str, float],
    class_weights: Tensor | None = None,
    focal_gamma: float = FOCAL_GAMMA,
    processes: Processes = ALONE,
) -> dict[str, Tensor]:
    """The losses named in `terms`, each times its weight there; one of weight 0 is not computed.

    Names as in `settings.LOSSES`. `class_weights` as in `cross_entropy_loss`; Dice and Lovász weigh all
    classes alike by nature.
    """
    logits = logits.float()
    weights = logits.new_ones(logits.shape[1]) if class_weights is None else class_weights
    losses: dict[str, Callable[[], Tensor]] = {
        "cross_entropy": lambda: cross_entropy_loss(logits, target, weights, processes),
        "dice": lambda: dice_loss(logits, target, processes),
        "focal": lambda: focal_loss(logits, target, weights, focal_gamma, processes),
        "lovasz": lambda: lovasz_loss(logits, target, processes),
    }
    return {name: weight * losses[name]() for name, weight in terms.items() if weight}


def labelled_weight(target: Tensor, class_weights: Tensor) -> Tensor:
    """The weights of the true classes, summed over labelled pixels: what a weighted mean divides by."""
    return (class_weights[target.clamp(min=0)] * (target != IGNORE_INDEX)).sum()


def cross_entropy_loss(logits: Tensor, target: Tensor, class_weights: Tensor, processes: Processes = ALONE) -> Tensor:
    """Mean cross-entropy over labelled pixels, weighted by the float (C,) weight of a pixel's true class."""
    summed = functional.cross_entropy(logits, target, class_weights, ignore_index=IGNORE_INDEX, reduction="sum")
    return _mean(summed, target, class_weights, processes)


def focal_loss(
    logits: Tensor, target: Tensor, class_weights: Tensor, gamma: float = FOCAL_GAMMA, processes: Processes = ALONE
) -> Tensor:
    """Cross-entropy in which a pixel of true-class probability p counts (1 - p) ** gamma, as weighted mean.

    Lin et al., Focal loss for dense object detection (2017), over the softmax; gamma 0 is cross-entropy.
    """
    entropy = functional.cross_entropy(logits, target, ignore_index=IGNORE_INDEX, reduction="none")
    # An unlabelled pixel has entropy 0, p 1, and a gradient that the weight 0 below keeps at 0.
    missed = (1 - torch.exp(-entropy)).clamp(min=SMALLEST_DENOMINATOR)
    weights = class_weights[target.clamp(min=0)] * (target != IGNORE_INDEX)
    return _mean((weights * missed**gamma * entropy).sum(), target, class_weights, processes)


def _mean(summed: Tensor, target: Tensor, class_weights: Tensor, processes: Processes) -> Tensor:
    total = processes.total(labelled_weight(target, class_weights))
    return processes.total(summed) / torch.where(total > 0, total, 1)


def dice_loss(logits: Tensor, target: Tensor, processes: Processes = ALONE) -> Tensor:
    """One minus the soft Dice of each class in the batch's truth, averaged over those classes.

    Milletari et al., V-Net (2016).
    """
    class_count = logits.shape[1]
    probabilities = logits.softmax(1) * (target != IGNORE_INDEX).unsqueeze(1)
    # The truth as indices: one-hot maps of it would take most of the time of the loss.
    truth = target.clamp(min=0)
    of_truth = probabilities.gather(1, truth.unsqueeze(1)).flatten(0, 2)
    # Row by row: float32 sums over millions of pixels one after another would drift.
    rows = logits.new_zeros(len(of_truth), class_count).scatter_add(1, truth.flatten(0, 1), of_truth)
    overlap = processes.total(rows.sum(0))
    pixels = processes.total(torch.bincount(target[target != IGNORE_INDEX], minlength=class_count).to(logits.dtype))
    total = (processes.total(probabilities.sum((0, 2, 3))) + pixels).clamp(min=SMALLEST_DENOMINATOR)
    present = pixels > 0
    missed = (1 - 2 * overlap / total) * present
    return missed.sum() / present.sum().clamp(min=1)


def lovasz_loss(logits: Tensor, target: Tensor, processes: Processes = ALONE) -> Tensor:
    """Lovász-softmax over the batch: a convex stand-in for 1 - IoU, averaged over the classes in its truth.

    Berman et al., The Lovász-Softmax loss (2018), their batch variant with "present" classes.
    """
    labelled = target != IGNORE_INDEX
    probabilities = logits.softmax(1).permute(0, 2, 3, 1)[labelled]
    truth = functional.one_hot(target[labelled], logits.shape[1]).to(logits.dtype)
    present = (processes.total(truth.sum(0)) > 0).nonzero().flatten().tolist()
    # Without a class there is still something to differentiate.
    summed = probabilities.sum() * 0
    for index in present:
        errors = (truth[:, index] - probabilities[:, index]).abs()
        summed = summed + errors.dot(_lovasz_gradient(errors, truth[:, index], processes))
    return processes.total(summed) / max(1, len(present))


def _lovasz_gradient(errors: Tensor, truth: Tensor, processes: Processes) -> Tensor:
    """How much each pixel's error counts: the growth of 1 - IoU when it joins the larger errors (Algorithm 1)."""
    all_errors, own = processes.joined(errors)
    all_truth, _ = processes.joined(truth)
    order = all_errors.argsort(descending=True, stable=True)
    sorted_truth = all_truth[order]
    positives = sorted_truth.sum()
    intersection = positives - sorted_truth.cumsum(0)
    union = positives + (1 - sorted_truth).cumsum(0)
    loss = 1 - intersection / union
    growth = loss.diff(prepend=loss.new_zeros(1))
    return torch.empty_like(growth).scatter_(0, order, growth)[own]


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
