"""Semantic FPN (Kirillov et al., Panoptic Feature Pyramid Networks, 2019) over a pretrained encoder."""

from collections.abc import Mapping
from typing import Any

import segmentation_models_pytorch as smp

from segmodels.architectures.network import SegmentationNetwork
from segmodels.cards import EncoderCard


def build_fpn(encoder: EncoderCard, class_count: int, options: Mapping[str, Any]) -> SegmentationNetwork:
    """Randomly started FPN: 256 pyramid channels, 128 in the head; `options`: depth, dropout, merge.

    The pyramid has four levels: at depth 5 its finest one, where it is merged, is a quarter of the
    image, at depth 3 the image itself.
    """
    depth = options["depth"]
    body = smp.FPN(
        encoder.name,
        encoder_depth=depth,
        encoder_weights=None,
        decoder_dropout=options["dropout"],
        decoder_merge_policy=options["merge"],
        upsampling=2 ** (depth - 3),
        classes=class_count,
    )
    return SegmentationNetwork(body, body.encoder, body.segmentation_head[0], 2**depth)
