import math

import numpy as np
import pytest
import torch

from segmodels.losses import (
    balanced_class_weights,
    cross_entropy_loss,
    dice_loss,
    focal_loss,
    loss_terms,
    lovasz_loss,
)

PLAIN, WEIGHTED = None, torch.tensor([0.1, 3.0, 0.7, 10.0])
RECIPES = [
    {"cross_entropy": 1.0},
    {"dice": 1.0},
    {"focal": 1.0},
    {"lovasz": 1.0},
    {"cross_entropy": 1.0, "dice": 0.5},
    {"cross_entropy": 0.3, "dice": 1.0, "focal": 2.0, "lovasz": 0.7},
]
every_recipe = pytest.mark.parametrize("terms", RECIPES, ids="+".join)
every_weight = pytest.mark.parametrize("class_weights", [PLAIN, WEIGHTED], ids=["plain", "weighted"])
ONES = torch.ones(2)


def weighted_loss(*given: object, **options: float) -> torch.Tensor:
    return torch.stack(list(loss_terms(*given, **options).values())).sum()


def segmentation_loss(
    logits: torch.Tensor, target: torch.Tensor, dice_weight: float, class_weights: torch.Tensor | None = None
) -> torch.Tensor:
    return weighted_loss(logits, target, {"cross_entropy": 1.0, "dice": dice_weight}, class_weights)


def half_labelled() -> tuple[torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(0)
    logits = (torch.randn(2, 4, 9, 11, generator=random) * 5).requires_grad_()
    target = torch.randint(0, 4, (2, 9, 11), generator=random)
    target[torch.rand(target.shape, generator=random) < 0.5] = -1
    return logits, target


@every_recipe
@every_weight
def test_the_gradient_at_unlabelled_pixels_is_exactly_zero(
    terms: dict[str, float], class_weights: torch.Tensor | None
) -> None:
    logits, target = half_labelled()
    weighted_loss(logits, target, terms, class_weights).backward()
    assert logits.grad is not None
    per_pixel = logits.grad.abs().amax(1)
    assert torch.equal(per_pixel[target == -1], torch.zeros_like(per_pixel[target == -1]))
    # Lovász counts only errors that still make a difference to the IoU.
    assert (per_pixel[target != -1] > 0).float().mean() > (0.3 if set(terms) == {"lovasz"} else 0.99)


@every_recipe
@every_weight
def test_a_batch_with_nothing_labelled_has_loss_zero_and_gradient_zero(
    terms: dict[str, float], class_weights: torch.Tensor | None
) -> None:
    logits, target = half_labelled()
    loss = weighted_loss(logits, torch.full_like(target, -1), terms, class_weights)
    loss.backward()
    assert loss.item() == 0.0
    assert logits.grad is not None
    assert torch.equal(logits.grad, torch.zeros_like(logits))


@every_recipe
@every_weight
def test_what_unlabelled_pixels_say_does_not_change_the_loss(
    terms: dict[str, float], class_weights: torch.Tensor | None
) -> None:
    logits, target = half_labelled()
    other = torch.where((target == -1).unsqueeze(1), torch.tensor(37.0), logits.detach())
    expected = weighted_loss(logits, target, terms, class_weights)
    torch.testing.assert_close(weighted_loss(other, target, terms, class_weights), expected)


@every_recipe
def test_every_loss_has_the_gradient_that_small_steps_measure(terms: dict[str, float]) -> None:
    random = torch.Generator().manual_seed(1)
    logits = torch.randn(1, 3, 3, 4, generator=random, dtype=torch.float64, requires_grad=True)
    target = torch.randint(-1, 3, (1, 3, 4), generator=random)
    weights = torch.tensor([0.5, 2.0, 1.0], dtype=torch.float64)
    losses = {
        "cross_entropy": lambda values: cross_entropy_loss(values, target, weights),
        "dice": lambda values: dice_loss(values, target),
        "focal": lambda values: focal_loss(values, target, weights),
        "lovasz": lambda values: lovasz_loss(values, target),
    }
    assert torch.autograd.gradcheck(
        lambda values: sum(weight * losses[name](values) for name, weight in terms.items()), logits
    )


@every_recipe
def test_a_class_that_no_pixel_has_leaves_every_loss_and_gradient_a_number(terms: dict[str, float]) -> None:
    logits, target = half_labelled()
    target[target == 3] = 0
    loss = weighted_loss(logits, target, terms, balanced_class_weights([5, 7, 9, 0], 1.0))
    loss.backward()
    assert torch.isfinite(loss) and logits.grad is not None and torch.isfinite(logits.grad).all()


def test_the_sum_is_that_of_the_terms_times_their_weights() -> None:
    logits, target = half_labelled()
    ones = torch.ones(4)
    expected = (
        2 * cross_entropy_loss(logits, target, ones) + 0.5 * dice_loss(logits, target)
        + focal_loss(logits, target, ones, 1.5) + 3 * lovasz_loss(logits, target)
    )  # fmt: skip
    terms = {"cross_entropy": 2.0, "dice": 0.5, "focal": 1.0, "lovasz": 3.0}
    torch.testing.assert_close(weighted_loss(logits, target, terms, focal_gamma=1.5), expected)
    assert torch.equal(
        weighted_loss(logits, target, {"cross_entropy": 1.0, "dice": 0.5}), segmentation_loss(logits, target, 0.5)
    )


def test_focal_loss_weighs_a_pixel_by_what_is_missing_of_its_probability() -> None:
    logits = torch.log(torch.tensor([[0.9, 0.2], [0.1, 0.8]])).view(1, 2, 1, 2)
    target = torch.tensor([[[0, 0]]])
    expected = (0.1**2 * -np.log(0.9) + 0.8**2 * -np.log(0.2)) / 2
    assert focal_loss(logits, target, ONES, 2.0).item() == pytest.approx(expected, rel=1e-4)
    assert focal_loss(logits, target, ONES, 0.0).item() == pytest.approx(
        cross_entropy_loss(logits, target, ONES).item()
    )


def test_lovasz_of_a_certain_answer_is_one_minus_its_mean_iou() -> None:
    target = torch.tensor([[[0, 0, 0, 1, 1, -1]]])
    predicted = torch.tensor([[[0, 0, 1, 1, 1, 0]]])
    logits = torch.nn.functional.one_hot(predicted, 3).permute(0, 3, 1, 2) * 200.0
    assert lovasz_loss(logits, target).item() == pytest.approx(1 - (2 / 3 + 2 / 3) / 2, abs=1e-6)
    assert lovasz_loss(torch.zeros(1, 3, 1, 6), target).item() == pytest.approx(2 / 3, abs=1e-6)


def test_cross_entropy_is_the_mean_over_labelled_pixels_alone() -> None:
    logits = torch.zeros(1, 2, 1, 3)
    logits[0, 1, 0, 0] = 2.0
    target = torch.tensor([[[1, 0, -1]]])
    expected = (-torch.log_softmax(torch.tensor([0.0, 2.0]), 0)[1] + torch.log(torch.tensor(2.0))) / 2
    torch.testing.assert_close(segmentation_loss(logits, target, 0.0), expected)


def test_dice_is_zero_for_a_certain_right_answer_and_one_for_a_certain_wrong_one() -> None:
    target = torch.tensor([[[0, 1, 1, -1]]])
    right = torch.nn.functional.one_hot(target.clamp(min=0), 2).permute(0, 3, 1, 2) * 200.0
    assert dice_loss(right, target).item() == pytest.approx(0.0, abs=1e-6)
    assert dice_loss(-right, target).item() == pytest.approx(1.0, abs=1e-6)


def test_dice_asks_nothing_of_classes_that_are_not_in_the_truth() -> None:
    target = torch.zeros(1, 2, 2, dtype=torch.int64)
    logits = torch.tensor([100.0, 0.0, 0.0]).view(1, 3, 1, 1).expand(1, 3, 2, 2)
    assert dice_loss(logits, target).item() == pytest.approx(0.0, abs=1e-6)


def test_class_weights_make_a_weighted_mean() -> None:
    logits = torch.randn(1, 2, 1, 3, generator=torch.Generator().manual_seed(0))
    target = torch.tensor([[[0, 1, -1]]])
    surprise = -torch.log_softmax(logits, 1)
    expected = (1.0 * surprise[0, 0, 0, 0] + 3.0 * surprise[0, 1, 0, 1]) / 4
    torch.testing.assert_close(segmentation_loss(logits, target, 0.0, torch.tensor([1.0, 3.0])), expected)


def test_rare_classes_weigh_more_within_bounds() -> None:
    counts = [100, 400, 25, 0, 10_000_000]
    assert balanced_class_weights(counts, 0.0).tolist() == [1, 1, 1, 1, 1]
    assert balanced_class_weights(counts, 1.0).tolist() == pytest.approx([1, 0.25, 4, 1, 0.1])
    assert balanced_class_weights(counts, 0.5).tolist() == pytest.approx([1, 0.5, 2, 1, 0.1])
    assert balanced_class_weights([0, 0], 0.5).tolist() == [1, 1]


def test_dice_does_not_drift_over_millions_of_pixels() -> None:
    target = torch.zeros(2, 1024, 1024, dtype=torch.int64)
    target[1, :8] = 1
    logits = torch.full((2, 2, 1024, 1024), 0.0)
    logits[:, 0] = math.log(9.0)
    shares = {0: (2 * 1024 - 8) * 1024, 1: 8 * 1024}
    expected = 1 - np.mean(
        [2 * p * shares[index] / (p * 2 * 1024**2 + shares[index]) for index, p in ((0, 0.9), (1, 0.1))]
    )
    assert dice_loss(logits, target).item() == pytest.approx(expected, abs=1e-5)
