"""Mask R-CNN (He et al., 2017) on a feature pyramid (Lin et al., 2017) over any encoder of the catalogue."""

import math
import warnings

import segmentation_models_pytorch as smp
from torch import Tensor, nn
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.generalized_rcnn import GeneralizedRCNN
from torchvision.models.detection.mask_rcnn import MaskRCNNHeads, MaskRCNNPredictor
from torchvision.models.detection.rpn import RPNHead
from torchvision.models.detection.transform import GeneralizedRCNNTransform
from torchvision.ops import MultiScaleRoIAlign
from torchvision.ops.feature_pyramid_network import FeaturePyramidNetwork, LastLevelMaxPool

from segmodels.catalogue import ENCODERS
from segmodels.instances.ignored_regions import RegionAwareHeads, RegionAwareProposals
from segmodels.instances.settings import InstanceSettings

ENCODER_LEVELS = ("0", "1", "2", "3")
LARGEST_STRIDE = 32
MOST_NORM_GROUPS = 32
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

    def __init__(self, encoder_name: str, channels: int, norms_are_frozen: bool) -> None:
        super().__init__()
        with warnings.catch_warnings():
            # The `timm-` names are the ones users and checkpoints know; smp's wish to rename them is no news.
            warnings.filterwarnings("ignore", message="`timm-` encoders are deprecated")
            self.encoder = smp.encoders.get_encoder(encoder_name, weights=None)
        for module in self.encoder.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eps = ENCODERS[encoder_name].norm_epsilon
        self.pyramid = FeaturePyramidNetwork(
            list(self.encoder.out_channels[-4:]), channels, LastLevelMaxPool(), norm_layer=_group_norm
        )
        self.out_channels = channels
        self.norms_are_frozen = norms_are_frozen

    def train(self, mode: bool = True) -> "PyramidBackbone":
        super().train(mode)
        if self.norms_are_frozen:
            for module in self.encoder.modules():
                if isinstance(module, nn.BatchNorm2d):
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


class MaskRCNN(GeneralizedRCNN):
    """Images as a list of float (3, H, W) in 0..1, sizes may differ.

    In training mode, with targets (see `data.training_target`): the losses by the names of `LOSS_NAMES`' values.
    In evaluation mode: per image `boxes` (N, 4) px, `labels` (N,) 1..C, `scores` (N,), `masks` (N, 1, 28, 28) 0..1.
    """

    backbone: PyramidBackbone

    def losses(self, images: list[Tensor], targets: list[dict[str, Tensor]]) -> dict[str, Tensor]:
        """The five losses; their sum is what is minimised."""
        return {LOSS_NAMES[name]: loss for name, loss in self(images, targets).items()}


def _group_norm(channels: int) -> nn.GroupNorm:
    """Wu and He, 2018: the levels reach the heads at one scale, whatever the encoder and the batch size."""
    return nn.GroupNorm(math.gcd(MOST_NORM_GROUPS, channels), channels)


def build_mask_rcnn(settings: InstanceSettings, class_count: int) -> MaskRCNN:
    """A randomly started network for `class_count` thing classes; label 0 of its outputs is background."""
    card = ENCODERS[settings.encoder]
    backbone = PyramidBackbone(settings.encoder, settings.pyramid_channels, settings.norms_are_frozen)
    return MaskRCNN(
        backbone,
        _proposals(settings),
        _heads(settings, class_count + 1),
        NormaliseAndPad(card.mean, card.std),
    )


def _proposals(settings: InstanceSettings) -> RegionAwareProposals:
    sizes = tuple((size,) for size in settings.anchor_sizes_px)
    anchors = AnchorGenerator(sizes, (settings.anchor_ratios,) * len(sizes))
    head = RPNHead(settings.pyramid_channels, anchors.num_anchors_per_location()[0])
    proposals = RegionAwareProposals(
        anchors, head,
        fg_iou_thresh=0.7, bg_iou_thresh=0.3, batch_size_per_image=settings.anchor_samples, positive_fraction=0.5,
        pre_nms_top_n=MOST_PROPOSALS, post_nms_top_n=MOST_PROPOSALS, nms_thresh=0.7,
    )  # fmt: skip
    proposals.ignored_share = settings.ignored_share
    return proposals


def _heads(settings: InstanceSettings, label_count: int) -> RegionAwareHeads:
    channels = settings.pyramid_channels
    box_pool = MultiScaleRoIAlign(list(ENCODER_LEVELS), output_size=7, sampling_ratio=2)
    mask_pool = MultiScaleRoIAlign(list(ENCODER_LEVELS), output_size=14, sampling_ratio=2)
    heads = RegionAwareHeads(
        box_pool,
        TwoMLPHead(channels * 7 * 7, settings.head_features),
        FastRCNNPredictor(settings.head_features, label_count),
        fg_iou_thresh=0.5, bg_iou_thresh=0.5, batch_size_per_image=settings.proposal_samples, positive_fraction=0.25,
        bbox_reg_weights=None, score_thresh=LOWEST_SCORE, nms_thresh=settings.nms_threshold,
        detections_per_img=settings.detections_per_image,
        mask_roi_pool=mask_pool,
        mask_head=MaskRCNNHeads(channels, (channels,) * 4, 1),
        mask_predictor=MaskRCNNPredictor(channels, channels, label_count),
    )  # fmt: skip
    heads.ignored_share = settings.ignored_share
    return heads
