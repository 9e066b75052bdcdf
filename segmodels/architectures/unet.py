"""U-Net (Ronneberger et al., 2015) over a pretrained encoder."""

import segmentation_models_pytorch as smp

from segmodels.architectures.network import SegmentationNetwork
from segmodels.catalogue import EncoderCard


def build_unet(encoder: EncoderCard, class_count: int) -> SegmentationNetwork:
    """Randomly started U-Net with five skip levels; 256 to 16 decoder channels."""
    body = smp.Unet(encoder.name, encoder_weights=None, classes=class_count)
    return SegmentationNetwork(body, body.encoder, body.segmentation_head[0])
