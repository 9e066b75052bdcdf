"""Semantic FPN (Kirillov et al., Panoptic Feature Pyramid Networks, 2019) over a pretrained encoder."""

import segmentation_models_pytorch as smp

from segmodels.architectures.network import SegmentationNetwork
from segmodels.catalogue import EncoderCard


def build_fpn(encoder: EncoderCard, class_count: int) -> SegmentationNetwork:
    """Randomly started FPN: 256 pyramid channels, 128 in the head, logits at a quarter, upsampled."""
    body = smp.FPN(encoder.name, encoder_weights=None, classes=class_count)
    return SegmentationNetwork(body, body.encoder, body.segmentation_head[0])
