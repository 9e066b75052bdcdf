"""Padding as TensorFlow does it, for encoders whose weights were trained there."""

from timm.layers import Conv2dSame
from torch import nn


def pad_like_tensorflow(encoder: nn.Module) -> None:
    """Let every convolution that halves the resolution pad more at the right and bottom than at the left and top.

    segmentation-models-pytorch pads evenly, which moves the image by half a pixel against what the weights
    learnt, five times over. The state dict stays the same.
    """
    for module in encoder.modules():
        if type(module) is nn.Conv2d and module.stride == (2, 2):
            module.__class__ = Conv2dSame
            module.padding = (0, 0)
