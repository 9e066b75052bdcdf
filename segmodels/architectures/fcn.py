"""Fully convolutional networks (Long, Shelhamer and Darrell, 2015): FCN-32s, FCN-16s and FCN-8s."""

from collections.abc import Callable, Mapping
from typing import Any

import segmentation_models_pytorch as smp
import torch
from torch import Tensor, nn

from segmodels.architectures.network import SegmentationNetwork
from segmodels.cards import EncoderCard

COARSEST_STRIDE = 32


class FullyConvolutional(nn.Module):
    """Score layers on the encoder's features from stride 32 down to `finest_stride`, summed on the way up.

    `scores` holds one 1×1 convolution per stride, coarsest first; `enlargers` one transposed convolution
    per gap between them, and the last one from `finest_stride` to the image. Images must be a multiple
    of 32 px a side.
    """

    def __init__(self, encoder: nn.Module, channels: list[int], class_count: int, finest_stride: int) -> None:
        super().__init__()
        self.encoder = encoder
        steps = (COARSEST_STRIDE // finest_stride).bit_length()
        self.scores = nn.ModuleList(nn.Conv2d(width, class_count, 1) for width in channels[::-1][:steps])
        self.enlargers = nn.ModuleList(
            bilinear_enlarger(class_count, factor) for factor in (*[2] * (steps - 1), finest_stride)
        )
        # As in the paper: the finer network starts as the coarser one and learns what to add.
        for parameter in self.scores[1:].parameters():
            nn.init.zeros_(parameter)

    def forward(self, images: Tensor) -> Tensor:
        features = self.encoder(images)
        scores = None
        for place, (score, enlarge) in enumerate(zip(self.scores, self.enlargers, strict=True), start=1):
            of_stage = score(features[-place])
            scores = enlarge(of_stage if scores is None else scores + of_stage)
        assert scores is not None
        return scores


def bilinear_enlarger(class_count: int, factor: int) -> nn.ConvTranspose2d:
    """A learnt transposed convolution that enlarges `factor`-fold (even) and starts as bilinear.

    One kernel per class: a full C×C kernel is zero between classes at the start, and its size at factor
    32 would outgrow the encoder with a hundred classes.
    """
    layer = nn.ConvTranspose2d(
        class_count, class_count, 2 * factor, factor, padding=factor // 2, groups=class_count, bias=False
    )
    distance = (torch.arange(2 * factor) - (factor - 0.5)).abs() / factor
    triangle = 1 - distance
    with torch.no_grad():
        layer.weight.copy_(torch.outer(triangle, triangle).expand_as(layer.weight))
    return layer


def fcn_builder(finest_stride: int) -> Callable[[EncoderCard, int, Mapping[str, Any]], SegmentationNetwork]:
    """A builder of the FCN whose last enlargement is `finest_stride`-fold: 32, 16 or 8."""

    def build(encoder: EncoderCard, class_count: int, options: Mapping[str, Any]) -> SegmentationNetwork:
        features = smp.encoders.get_encoder(encoder.name, weights=None)
        body = FullyConvolutional(features, list(features.out_channels), class_count, finest_stride)
        classifier = body.scores[0]
        assert isinstance(classifier, nn.Conv2d)
        layers = [*body.scores, *body.enlargers]
        return SegmentationNetwork(body, features, classifier, COARSEST_STRIDE, class_layers=layers)

    return build
