"""Depthwise convolutions under mixed precision on CPU."""

import torch
from timm.layers import Conv2dSame
from torch import Tensor, nn


class InFloat32(nn.Conv2d):
    """A convolution that stays in float32: in bfloat16 oneDNN's gradient of depthwise ones takes far longer."""

    def forward(self, input: Tensor) -> Tensor:
        with torch.autocast(input.device.type, enabled=False):
            return super().forward(input.float())


class SameInFloat32(InFloat32, Conv2dSame):
    """The same with TensorFlow's padding."""


IN_FLOAT32: dict[type[nn.Conv2d], type[nn.Conv2d]] = {nn.Conv2d: InFloat32, Conv2dSame: SameInFloat32}


def keep_depthwise_in_float32(network: nn.Module) -> None:
    """Let every depthwise convolution of `network` ignore mixed precision; its weights stay as they are."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d) and module.groups == module.in_channels > 1:
            module.__class__ = IN_FLOAT32.get(type(module), type(module))
