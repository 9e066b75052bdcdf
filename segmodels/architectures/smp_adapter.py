"""Architectures that segmentation-models-pytorch has: one row each, one way to build them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import segmentation_models_pytorch as smp
from torch import nn

from segmodels.architectures.network import SegmentationNetwork
from segmodels.architectures.unet import halved_channels
from segmodels.cards import EncoderCard

Options = Mapping[str, Any]


@dataclass(frozen=True)
class SmpRow:
    """The library's class, its keyword arguments from our options, and what it asks of the image."""

    model: Callable[..., nn.Module]
    arguments: Callable[[Options], dict[str, Any]]
    stride: Callable[[Options], int] = lambda options: 32
    smallest_side: int = 0


def _nested_arguments(options: Options) -> dict[str, Any]:
    depth = options["depth"]
    return {"encoder_depth": depth, "decoder_channels": halved_channels(options["decoder_channels"], depth)}


SMP_ROWS: dict[str, SmpRow] = {
    "deeplabv3plus": SmpRow(
        smp.DeepLabV3Plus,
        lambda options: {
            "encoder_output_stride": options["output_stride"],
            "decoder_channels": options["decoder_channels"],
            "decoder_aspp_dropout": options["dropout"],
        },
    ),
    "unetplusplus": SmpRow(
        smp.UnetPlusPlus,
        lambda options: (
            _nested_arguments(options)
            | {"decoder_attention_type": None if options["attention"] == "none" else options["attention"]}
        ),
        lambda options: int(2 ** options["depth"]),
    ),
    "pspnet": SmpRow(
        smp.PSPNet,
        lambda options: {
            "encoder_depth": options["depth"],
            "upsampling": 2 ** options["depth"],
            "psp_out_channels": options["decoder_channels"],
            "psp_dropout": options["dropout"],
        },
        lambda options: int(2 ** options["depth"]),
    ),
    "linknet": SmpRow(
        smp.Linknet,
        lambda options: {"encoder_depth": options["depth"]},
        lambda options: int(2 ** options["depth"]),
    ),
    # The attention pyramid pools the 1/16 features three times by half: they must be 8 px a side.
    "pan": SmpRow(smp.PAN, lambda options: {"decoder_channels": options["decoder_channels"]}, smallest_side=128),
    "manet": SmpRow(
        smp.MAnet,
        lambda options: _nested_arguments(options) | {"decoder_pab_channels": options["attention_channels"]},
        lambda options: int(2 ** options["depth"]),
    ),
    "upernet": SmpRow(smp.UPerNet, lambda options: {"decoder_channels": options["decoder_channels"]}),
    "segformer": SmpRow(smp.Segformer, lambda options: {"decoder_segmentation_channels": options["decoder_channels"]}),
    "dpt": SmpRow(
        smp.DPT,
        lambda options: {
            "decoder_fusion_channels": options["decoder_channels"],
            "decoder_intermediate_channels": [factor * options["decoder_channels"] for factor in (1, 2, 4, 4)],
            "decoder_readout": options["readout"],
            # The transformer's own classifier is left out; its position embedding follows the image's size.
            "num_classes": 0,
            "dynamic_img_size": True,
        },
    ),
}


def smp_builder(name: str) -> Callable[[EncoderCard, int, Options], SegmentationNetwork]:
    """The builder of the row `name`."""
    row = SMP_ROWS[name]

    def build(encoder: EncoderCard, class_count: int, options: Options) -> SegmentationNetwork:
        body: Any = row.model(encoder.name, encoder_weights=None, classes=class_count, **row.arguments(options))
        return SegmentationNetwork(
            body,
            body.encoder,
            last_convolution(body.segmentation_head),
            row.stride(options),
            smallest_side=row.smallest_side,
        )

    return build


def last_convolution(head: nn.Module) -> nn.Conv2d:
    """The convolution that gives the logits of a segmentation head."""
    return [module for module in head.modules() if isinstance(module, nn.Conv2d)][-1]
