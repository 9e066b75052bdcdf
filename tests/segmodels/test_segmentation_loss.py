import pytest
import torch

from segmodels.losses import balanced_class_weights, dice_loss, segmentation_loss

PLAIN, WEIGHTED = None, torch.tensor([0.1, 3.0, 0.7, 10.0])
every_loss = pytest.mark.parametrize(
    ("dice_weight", "class_weights"), [(0.0, PLAIN), (0.5, PLAIN), (0.0, WEIGHTED), (1.0, WEIGHTED)]
)


def half_labelled() -> tuple[torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(0)
    logits = (torch.randn(2, 4, 9, 11, generator=random) * 5).requires_grad_()
    target = torch.randint(0, 4, (2, 9, 11), generator=random)
    target[torch.rand(target.shape, generator=random) < 0.5] = -1
    return logits, target


@every_loss
def test_the_gradient_at_unlabelled_pixels_is_exactly_zero(
    dice_weight: float, class_weights: torch.Tensor | None
) -> None:
    logits, target = half_labelled()
    segmentation_loss(logits, target, dice_weight, class_weights).backward()
    assert logits.grad is not None
    per_pixel = logits.grad.abs().amax(1)
    assert torch.equal(per_pixel[target == -1], torch.zeros_like(per_pixel[target == -1]))
    assert (per_pixel[target != -1] > 0).all()


@every_loss
def test_a_batch_with_nothing_labelled_has_loss_zero_and_gradient_zero(
    dice_weight: float, class_weights: torch.Tensor | None
) -> None:
    logits, target = half_labelled()
    loss = segmentation_loss(logits, torch.full_like(target, -1), dice_weight, class_weights)
    loss.backward()
    assert loss.item() == 0.0
    assert logits.grad is not None
    assert torch.equal(logits.grad, torch.zeros_like(logits))


@every_loss
def test_what_unlabelled_pixels_say_does_not_change_the_loss(
    dice_weight: float, class_weights: torch.Tensor | None
) -> None:
    logits, target = half_labelled()
    other = torch.where((target == -1).unsqueeze(1), torch.tensor(37.0), logits.detach())
    expected = segmentation_loss(logits, target, dice_weight, class_weights)
    torch.testing.assert_close(segmentation_loss(other, target, dice_weight, class_weights), expected)


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
