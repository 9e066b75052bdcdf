"""Mask R-CNN (He et al., 2017) on a feature pyramid (Lin et al., 2017) over any encoder of the catalogue."""

import math
from collections.abc import Mapping
from typing import Any

import segmentation_models_pytorch as smp
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.generalized_rcnn import GeneralizedRCNN
from torchvision.models.detection.mask_rcnn import MaskRCNNHeads, MaskRCNNPredictor
from torchvision.models.detection.rpn import RPNHead
from torchvision.models.detection.transform import GeneralizedRCNNTransform
from torchvision.ops import MultiScaleRoIAlign
from torchvision.ops.feature_pyramid_network import FeaturePyramidNetwork, LastLevelMaxPool

from segmodels.architectures.ignored_regions import RegionAwareHeads, RegionAwareProposals
from segmodels.architectures.network import ClassRows, Network
from segmodels.cards import EncoderCard

Options = Mapping[str, Any]

ENCODER_LEVELS = ("0", "1", "2", "3")
PYRAMID_LEVELS = 5
LARGEST_STRIDE = 32
MOST_NORM_GROUPS = 32
BACKGROUND_ROWS = 1
BOX_CORNERS = 4
# Below the threshold at which detections become segments: average precision needs the doubtful ones too.
LOWEST_SCORE = 0.05
MOST_PROPOSALS = {"training": 1000, "testing": 1000}

# torchvision's names of the five losses, and those that reports use.
LOSS_NAMES = {
    "loss_classifier": "class",
    "loss_box_reg": "box",
    "loss_mask": "mask",
    "loss_objectness": "rpn_objectness",
    "loss_rpn_box_reg": "rpn_box",
}


class PyramidBackbone(nn.Module):
    """Images (N, 3, H, W) to five maps of `out_channels` at strides 4, 8, 16, 32 and 64."""

    def __init__(self, encoder_name: str, channels: int) -> None:
        super().__init__()
        self.encoder = smp.encoders.get_encoder(encoder_name, weights=None)
        self.pyramid = FeaturePyramidNetwork(
            list(self.encoder.out_channels[-4:]), channels, LastLevelMaxPool(), norm_layer=_group_norm
        )
        self.out_channels = channels
        self.norms_are_frozen = False

    def train(self, mode: bool = True) -> "PyramidBackbone":
        super().train(mode)
        if self.norms_are_frozen:
            for module in self.encoder.modules():
                if isinstance(module, _BatchNorm):
                    module.eval()
        return self

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        features = self.encoder(images)[-4:]
        maps: dict[str, Tensor] = self.pyramid(dict(zip(ENCODER_LEVELS, features, strict=True)))
        return maps


class NormaliseAndPad(GeneralizedRCNNTransform):
    """Images 0..1 to one normalised batch; sizes and masks are the callers' own matter.

    torchvision would paste every mask into an image of its own: for 400 objects in a megapixel that is
    gigabytes. Results come back as they are: boxes in px of the input, masks (N, 1, 28, 28).
    """

    def __init__(self, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        super().__init__(1, 1, list(mean), list(std), size_divisible=LARGEST_STRIDE)

    def resize(self, image: Tensor, target: dict[str, Tensor] | None = None) -> tuple[Tensor, dict[str, Tensor] | None]:
        return image, target

    def postprocess(
        self,
        result: list[dict[str, Tensor]],
        image_shapes: list[tuple[int, int]],
        original_image_sizes: list[tuple[int, int]],
    ) -> list[dict[str, Tensor]]:
        return result


class MaskRCNN(GeneralizedRCNN, Network):
    """Images as a list of float (3, H, W) in 0..1, sizes may differ.

    In training mode, with targets (see `instances.data.training_target`): the losses by torchvision's names.
    In evaluation mode: per image `boxes` (N, 4) px, `labels` (N,) 1..C, `scores` (N,), `masks` (N, 1, 28, 28) 0..1.
    Label 0 is background.
    """

    backbone: PyramidBackbone

    @property
    def encoder(self) -> nn.Module:
        encoder: nn.Module = self.backbone.encoder
        return encoder

    @property
    def class_entries(self) -> dict[str, ClassRows]:
        rows = {
            "roi_heads.box_predictor.cls_score": ClassRows(BACKGROUND_ROWS),
            "roi_heads.box_predictor.bbox_pred": ClassRows(BACKGROUND_ROWS * BOX_CORNERS, BOX_CORNERS),
            "roi_heads.mask_predictor.mask_fcn_logits": ClassRows(BACKGROUND_ROWS),
        }
        return {f"{layer}.{leaf}": of_layer for layer, of_layer in rows.items() for leaf in ("weight", "bias")}

    def freeze_norms(self, frozen: bool) -> None:
        """Whether the encoder's batch norms keep their statistics in training, as small batches need."""
        self.backbone.norms_are_frozen = frozen


def _group_norm(channels: int) -> nn.GroupNorm:
    """Wu and He, 2018: the levels reach the heads at one scale, whatever the encoder and the batch size."""
    return nn.GroupNorm(math.gcd(MOST_NORM_GROUPS, channels), channels)


def build_mask_rcnn(encoder: EncoderCard, class_count: int, options: Options) -> MaskRCNN:
    """A randomly started network for `class_count` thing classes; label 0 of its outputs is background."""
    return MaskRCNN(
        PyramidBackbone(encoder.name, options["pyramid_channels"]),
        _proposals(options),
        _heads(options, class_count + BACKGROUND_ROWS),
        NormaliseAndPad(encoder.mean, encoder.std),
    )


def _proposals(options: Options) -> RegionAwareProposals:
    sizes = tuple((float(options["smallest_anchor_px"] * 2**level),) for level in range(PYRAMID_LEVELS))
    ratio = options["anchor_ratio"]
    ratios = tuple(sorted({1 / ratio, 1.0, ratio}))
    anchors = AnchorGenerator(sizes, (ratios,) * len(sizes))
    head = RPNHead(options["pyramid_channels"], anchors.num_anchors_per_location()[0])
    proposals = RegionAwareProposals(
        anchors, head,
        fg_iou_thresh=0.7, bg_iou_thresh=0.3, batch_size_per_image=options["anchor_samples"], positive_fraction=0.5,
        pre_nms_top_n=MOST_PROPOSALS, post_nms_top_n=MOST_PROPOSALS, nms_thresh=0.7,
    )  # fmt: skip
    proposals.ignored_share = options["ignored_share"]
    return proposals


def _heads(options: Options, label_count: int) -> RegionAwareHeads:
    channels, features = options["pyramid_channels"], options["head_features"]
    box_pool = MultiScaleRoIAlign(list(ENCODER_LEVELS), output_size=7, sampling_ratio=2)
    mask_pool = MultiScaleRoIAlign(list(ENCODER_LEVELS), output_size=14, sampling_ratio=2)
    heads = RegionAwareHeads(
        box_pool,
        TwoMLPHead(channels * 7 * 7, features),
        FastRCNNPredictor(features, label_count),
        fg_iou_thresh=0.5, bg_iou_thresh=0.5, batch_size_per_image=options["proposal_samples"], positive_fraction=0.25,
        bbox_reg_weights=None, score_thresh=LOWEST_SCORE, nms_thresh=options["nms_threshold"],
        detections_per_img=options["detections_per_image"],
        mask_roi_pool=mask_pool,
        mask_head=MaskRCNNHeads(channels, (channels,) * 4, 1),
        mask_predictor=MaskRCNNPredictor(channels, channels, label_count),
    )  # fmt: skip
    heads.ignored_share = options["ignored_share"]
    return heads
