"""The registry of architectures: one file builds each, its card is in `segmodels.catalogue`."""

import warnings
from collections.abc import Callable

from torch import nn

from segmodels.architectures.fpn import build_fpn
from segmodels.architectures.network import SegmentationNetwork
from segmodels.architectures.unet import build_unet
from segmodels.catalogue import ENCODERS, EncoderCard

__all__ = ["ARCHITECTURES", "SegmentationNetwork", "build_network"]

ARCHITECTURES: dict[str, Callable[[EncoderCard, int], SegmentationNetwork]] = {
    "unet": build_unet,
    "fpn": build_fpn,
}


def build_network(architecture: str, encoder: str, class_count: int) -> SegmentationNetwork:
    """A randomly started network for catalogue names; weights are loaded by `encoders` or `checkpoints`."""
    with warnings.catch_warnings():
        # The `timm-` names are the ones users and checkpoints know; smp's wish to rename them is no news.
        warnings.filterwarnings("ignore", message="`timm-` encoders are deprecated")
        network = ARCHITECTURES[architecture](ENCODERS[encoder], class_count)
    for module in network.encoder.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eps = ENCODERS[encoder].norm_epsilon
    return network
