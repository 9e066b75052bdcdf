import pytest
import torch
from torch import Tensor

from segmodels.architectures.ignored_regions import covered_share
from segmodels.architectures.mask_rcnn import MaskRCNN
from segmodels.instances.data import training_target
from tests.segmodels.instance_samples import build_mask_rcnn, disc_sample, quick_settings


def target_with_ignored_right_half() -> dict[str, Tensor]:
    ignored = torch.zeros(64, 64, dtype=torch.bool)
    ignored[:, 32:] = True
    mask = torch.zeros(1, 64, 64, dtype=torch.uint8)
    mask[0, 4:20, 4:20] = 1
    return {
        "boxes": torch.tensor([[4.0, 4.0, 20.0, 20.0]]),
        "labels": torch.tensor([1]),
        "masks": mask,
        "ignored": ignored,
    }


@pytest.fixture
def network() -> MaskRCNN:
    torch.manual_seed(0)
    return build_mask_rcnn(quick_settings(), 2).train()


def test_the_covered_share_is_the_part_of_the_box_that_is_ignored() -> None:
    ignored = torch.zeros(10, 20, dtype=torch.bool)
    ignored[:, 10:] = True
    boxes = torch.tensor(
        [[0, 0, 10, 10], [10, 0, 20, 10], [5, 0, 15, 10], [12, -30, 40, 30], [-9, -9, -2, -2], [7, 2, 11, 4]]
    ).float()
    assert covered_share(boxes, ignored).tolist() == [0, 1, 0.5, 1, 0, 0.25]


# Left: an object, ground, half ignored. Right: fully ignored.
BOXES = torch.tensor([[4, 4, 20, 20], [4, 40, 24, 60], [24, 40, 40, 60], [30, 30, 60, 60], [40, 4, 60, 24]]).float()


def test_anchors_on_ignored_ground_are_neither_object_nor_background(network: MaskRCNN) -> None:
    labels, _ = network.rpn.assign_targets_to_anchors([BOXES], [target_with_ignored_right_half()])
    assert labels[0].tolist() == [1, 0, 0, -1, -1]


def test_without_ignored_pixels_the_same_anchors_are_background(network: MaskRCNN) -> None:
    target = target_with_ignored_right_half()
    target["ignored"].zero_()
    labels, _ = network.rpn.assign_targets_to_anchors([BOXES], [target])
    assert labels[0].tolist() == [1, 0, 0, 0, 0]


def test_proposals_on_ignored_ground_are_never_drawn_as_background(network: MaskRCNN) -> None:
    proposals, _, labels, _ = network.roi_heads.select_training_samples(
        [BOXES.clone()], [target_with_ignored_right_half()]
    )
    drawn = {tuple(box) for box in proposals[0].tolist()}
    assert drawn == {tuple(box) for box in BOXES[:3].tolist()}
    assert sorted(labels[0].tolist()) == [0, 0, 1, 1]


def test_an_object_inside_an_ignored_region_is_still_learnt(network: MaskRCNN) -> None:
    target = target_with_ignored_right_half()
    target["boxes"], target["ignored"] = torch.tensor([[40.0, 4.0, 60.0, 24.0]]), torch.ones(64, 64, dtype=torch.bool)
    labels, _ = network.rpn.assign_targets_to_anchors([BOXES], [target])
    assert labels[0].tolist() == [-1, -1, -1, -1, 1]


def test_an_image_that_is_ignored_as_a_whole_teaches_nothing_and_breaks_nothing(network: MaskRCNN) -> None:
    sample = disc_sample(1)
    target = training_target(sample.objects())
    image = torch.from_numpy(sample.pixels).permute(2, 0, 1).float() / 255
    nothing = {
        "boxes": torch.zeros(0, 4),
        "labels": torch.zeros(0, dtype=torch.int64),
        "masks": torch.zeros(0, 64, 64, dtype=torch.uint8),
    }
    untold = network([image], [nothing | {"ignored": torch.ones_like(target["ignored"])}])
    assert {name: float(loss.detach()) for name, loss in untold.items()} == dict.fromkeys(untold, 0.0)
    sum(untold.values()).backward()  # type: ignore[union-attr]
    gradients = [parameter.grad for parameter in network.parameters() if parameter.grad is not None]
    assert gradients
    assert all(not gradient.any() for gradient in gradients)
    empty = network([image], [nothing | {"ignored": torch.zeros_like(target["ignored"])}])
    assert float(empty["loss_objectness"].detach()) > 0
    assert float(empty["loss_classifier"].detach()) > 0
