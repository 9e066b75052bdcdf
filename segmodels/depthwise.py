"""Depthwise convolutions under mixed precision on CPU."""

import torch
from torch import Tensor, nn


class Float32DepthwiseConv2d(nn.Conv2d):
    """A depthwise convolution that stays in float32: in bfloat16 oneDNN's gradient of it takes far longer."""

    def forward(self, input: Tensor) -> Tensor:
        with torch.autocast(input.device.type, enabled=False):
            return super().forward(input.float())


def keep_depthwise_in_float32(network: nn.Module) -> None:
    """Let every plain depthwise convolution of `network` ignore mixed precision; its weights stay as they are."""
    for module in network.modules():
        if type(module) is nn.Conv2d and module.groups == module.in_channels > 1:
            module.__class__ = Float32DepthwiseConv2d
