"""The registry of architectures: one file builds each, its card is in `segmodels.catalogue`."""

import warnings
from collections.abc import Callable, Mapping
from typing import Any

from torch import nn

from segmodels.architectures.fcn import fcn_builder
from segmodels.architectures.fpn import build_fpn
from segmodels.architectures.mask_rcnn import build_mask_rcnn
from segmodels.architectures.network import ClassRows, Network, SegmentationNetwork
from segmodels.architectures.normalisation import make_patient
from segmodels.architectures.segnet import build_segnet
from segmodels.architectures.smp_adapter import SMP_ROWS, smp_builder
from segmodels.architectures.tensorflow_padding import pad_like_tensorflow
from segmodels.architectures.unet import build_unet
from segmodels.architectures.unet_classic import build_unet_classic
from segmodels.catalogue import ARCHITECTURE_CARDS, ENCODERS, EncoderCard

__all__ = ["ARCHITECTURES", "ClassRows", "Network", "SegmentationNetwork", "build_network"]

ARCHITECTURES: dict[str, Callable[[EncoderCard, int, Mapping[str, Any]], Network]] = {
    "unet": build_unet,
    "fpn": build_fpn,
    "fcn32s": fcn_builder(32),
    "fcn16s": fcn_builder(16),
    "fcn8s": fcn_builder(8),
    "segnet": build_segnet,
    "unet_classic": build_unet_classic,
    **{name: smp_builder(name) for name in SMP_ROWS},
    "mask_rcnn": build_mask_rcnn,
}


def build_network(
    architecture: str, encoder: str, class_count: int, options: Mapping[str, Any] | None = None
) -> Network:
    """A randomly started network for catalogue names; weights are loaded by `encoders` or `checkpoints`.

    Those that label pixels are SegmentationNetworks, the one that finds objects is a `mask_rcnn.MaskRCNN`.
    `options` are those of the architecture's card, defaults where left out. Raises SettingsError where
    the architecture has no such option or cannot take the encoder.
    """
    card = ARCHITECTURE_CARDS[architecture]
    checked = card.checked_options(options or {})
    card.check_encoder(ENCODERS[encoder], checked, ENCODERS)
    with warnings.catch_warnings():
        # The `timm-` names are the ones users and checkpoints know; smp's wish to rename them is no news.
        warnings.filterwarnings("ignore", message="`timm-` encoders are deprecated")
        network = ARCHITECTURES[architecture](ENCODERS[encoder], class_count, checked)
    for module in network.encoder.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eps = ENCODERS[encoder].norm_epsilon
    if ENCODERS[encoder].pads_like_tensorflow:
        pad_like_tensorflow(network.encoder)
    make_patient(network)
    return network
