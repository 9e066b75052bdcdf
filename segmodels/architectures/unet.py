"""U-Net (Ronneberger et al., 2015) over a pretrained encoder."""

from collections.abc import Mapping
from typing import Any

import segmentation_models_pytorch as smp

from segmodels.architectures.network import SegmentationNetwork
from segmodels.cards import EncoderCard

FEWEST_CHANNELS = 16


def build_unet(encoder: EncoderCard, class_count: int, options: Mapping[str, Any]) -> SegmentationNetwork:
    """Randomly started U-Net, one skip per encoder stage; `options`: depth, decoder_channels, attention."""
    body = smp.Unet(
        encoder.name,
        encoder_depth=options["depth"],
        encoder_weights=None,
        decoder_channels=halved_channels(options["decoder_channels"], options["depth"]),
        decoder_attention_type=None if options["attention"] == "none" else options["attention"],
        classes=class_count,
    )
    return SegmentationNetwork(body, body.encoder, body.segmentation_head[0], 2 ** options["depth"])


def halved_channels(coarsest: int, depth: int) -> list[int]:
    """Channels of `depth` decoder stages from coarse to fine, each half of the one before, at least 16."""
    return [max(FEWEST_CHANNELS, coarsest >> stage) for stage in range(depth)]
