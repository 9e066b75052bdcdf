"""Where tensors live and in what form they are fastest there."""

import contextlib

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from segmodels.errors import SettingsError


def pick_device(name: str = "auto") -> torch.device:
    """`auto` is the GPU where there is one, else the CPU; raises SettingsError where a GPU is missing."""
    if name == "cuda" and not torch.cuda.is_available():
        raise SettingsError("device", "no CUDA GPU is available here")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def autocast(device: torch.device) -> contextlib.AbstractContextManager[object]:
    """bfloat16 where the GPU has it; float32 on CPU, where it is the faster one for these networks."""
    if device.type == "cuda":
        return torch.autocast("cuda", torch.bfloat16)
    return contextlib.nullcontext()


def to_input(
    images: NDArray[np.uint8], mean: tuple[float, ...], std: tuple[float, ...], device: torch.device
) -> Tensor:
    """uint8 (N, H, W, 3) to normalised float32 (N, 3, H, W) in channels-last memory on `device`."""
    pixels = torch.from_numpy(images).to(device).permute(0, 3, 1, 2).float()
    centre = torch.tensor(mean, device=device).view(1, 3, 1, 1)
    spread = torch.tensor(std, device=device).view(1, 3, 1, 1)
    return (pixels / 255 - centre) / spread
