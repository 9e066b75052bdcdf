"""The two learning parts of Faster R-CNN, made to leave regions alone whose content nobody has told.

torchvision counts every box that matches no object as background. Where a crowd was not drawn object by
object, or nothing was labelled at all, that would teach the network to miss what is there.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torchvision.models.detection.roi_heads import RoIHeads
from torchvision.models.detection.rpn import RegionProposalNetwork

Targets = list[dict[str, Tensor]]

NEVER_DRAWN = -1


def covered_share(boxes: Tensor, ignored: Tensor) -> Tensor:
    """Share 0..1 of each box (N, 4; x0 y0 x1 y1 px) that lies on true pixels of `ignored` bool (H, W).

    Intersection over the area of the box, cut to the image and rounded outwards to whole pixels.
    """
    height, width = ignored.shape
    # float32 would miscount areas beyond 2**24 px.
    sums = torch.zeros(height + 1, width + 1, dtype=torch.int64, device=ignored.device)
    sums[1:, 1:] = ignored.long().cumsum(0).cumsum(1)
    left, top = boxes[:, 0].floor().long().clamp(0, width - 1), boxes[:, 1].floor().long().clamp(0, height - 1)
    right = torch.maximum(boxes[:, 2].ceil().long().clamp(max=width), left + 1)
    bottom = torch.maximum(boxes[:, 3].ceil().long().clamp(max=height), top + 1)
    covered = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
    return covered.float() / ((right - left) * (bottom - top)).float()


def without_ignored_negatives(
    labels: Sequence[Tensor], boxes: Sequence[Tensor], ignored: Sequence[Tensor], share: float
) -> list[Tensor]:
    """Per image: `labels` (N,) with -1 in place of 0 where more than `share` of the box is ignored."""
    return [
        torch.where((of_image == 0) & (covered_share(at, where) > share), NEVER_DRAWN, of_image)
        if bool(where.any())
        else of_image
        for of_image, at, where in zip(labels, boxes, ignored, strict=True)
    ]


class RegionAwareProposals(RegionProposalNetwork):
    """torchvision's region proposal network; targets carry `ignored`, bool (H, W), besides the boxes."""

    ignored_share: float = 0.5

    def assign_targets_to_anchors(self, anchors: list[Tensor], targets: Targets) -> tuple[list[Tensor], list[Tensor]]:
        labels, matched = super().assign_targets_to_anchors(anchors, targets)
        ignored = [target["ignored"] for target in targets]
        return without_ignored_negatives(labels, anchors, ignored, self.ignored_share), matched

    def compute_loss(
        self, objectness: Tensor, pred_bbox_deltas: Tensor, labels: list[Tensor], regression_targets: list[Tensor]
    ) -> tuple[Tensor, Tensor]:
        if all(bool((of_image < 0).all()) for of_image in labels):
            # The mean over no anchor is not a number.
            return objectness.sum() * 0, pred_bbox_deltas.sum() * 0
        losses: tuple[Tensor, Tensor] = super().compute_loss(objectness, pred_bbox_deltas, labels, regression_targets)
        return losses


class RegionAwareHeads(RoIHeads):
    """torchvision's box and mask heads; targets carry `ignored`, bool (H, W), besides boxes and masks."""

    ignored_share: float = 0.5

    def select_training_samples(
        self, proposals: list[Tensor], targets: Targets
    ) -> tuple[list[Tensor], list[Tensor], list[Tensor], list[Tensor]]:
        # What torchvision calls from here is not handed the targets.
        self._ignored = [target["ignored"] for target in targets]
        selected: tuple[list[Tensor], ...] = super().select_training_samples(proposals, targets)
        self._drawn = sum(len(of_image) for of_image in selected[2])
        return selected[0], selected[1], selected[2], selected[3]

    def assign_targets_to_proposals(
        self, proposals: list[Tensor], gt_boxes: list[Tensor], gt_labels: list[Tensor]
    ) -> tuple[list[Tensor], list[Tensor]]:
        matched, labels = super().assign_targets_to_proposals(proposals, gt_boxes, gt_labels)
        return matched, without_ignored_negatives(labels, proposals, self._ignored, self.ignored_share)

    def forward(
        self,
        features: dict[str, Tensor],
        proposals: list[Tensor],
        image_shapes: list[tuple[int, int]],
        targets: Targets | None = None,
    ) -> tuple[list[dict[str, Tensor]], dict[str, Tensor]]:
        results, losses = super().forward(features, proposals, image_shapes, targets)
        if self.training and not self._drawn:
            # The mean over no proposal is not a number.
            losses = {name: torch.zeros_like(loss) for name, loss in losses.items()}
        return results, losses
