"""Where tensors live and in what form they are fastest there."""

import contextlib
import platform
from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from segmodels.errors import SettingsError
from segmodels.phrase import Phrase


def pick_device(name: str = "auto") -> torch.device:
    """`auto` is the GPU where there is one, else the CPU; raises SettingsError where a GPU is missing."""
    if name == "cuda" and not torch.cuda.is_available():
        raise SettingsError("device", Phrase("no CUDA GPU is available here"))
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


@contextlib.contextmanager
def threads(number: int | None) -> Iterator[None]:
    """Compute with `number` CPU threads, None being as many as before, which are then put back."""
    before = torch.get_num_threads()
    if number is not None:
        torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def has_bfloat16(device: torch.device) -> bool:
    """Whether bfloat16 is done by the hardware, so that it is worth a try."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if not (torch.backends.mkldnn.is_available() and torch.ops.mkldnn._is_mkldnn_bf16_supported()):
        return False
    # oneDNN also offers it on AVX-512 processors that have to emulate it, which is slower than float32.
    is_x86 = platform.machine().lower() in ("x86_64", "amd64")
    return not is_x86 or torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()


def pick_precision(device: torch.device, name: str = "auto") -> torch.dtype:
    """`auto` is what networks run in: bfloat16 where the GPU computes in it, else float16; float32 on CPU."""
    if name != "auto":
        chosen: torch.dtype = getattr(torch, name)
        return chosen
    if device.type != "cuda":
        return torch.float32
    return torch.bfloat16 if has_bfloat16(device) else torch.float16


def pick_training_precision(device: torch.device, name: str = "auto") -> torch.dtype:
    """As `pick_precision`, but `auto` on a CPU that computes in bfloat16 is bfloat16.

    A step of U-Net takes two thirds of the time there, to the same loss (benchmarks/results/models.json).
    """
    if name == "auto" and device.type == "cpu" and has_bfloat16(device):
        return torch.bfloat16
    return pick_precision(device, name)


def autocast(device: torch.device, precision: torch.dtype) -> contextlib.AbstractContextManager[object]:
    """Mixed precision in `precision`; nothing where it is float32."""
    return contextlib.nullcontext() if precision == torch.float32 else torch.autocast(device.type, precision)


def host_tensor(array: NDArray, device: torch.device) -> Tensor:
    """The array as a tensor, in pinned memory where it will go to a GPU, so that the copy need not be waited for."""
    tensor = torch.from_numpy(np.require(array, requirements="W"))
    return tensor.pin_memory() if device.type == "cuda" else tensor


def to_input(
    images: NDArray[np.uint8] | Tensor, mean: tuple[float, ...], std: tuple[float, ...], device: torch.device
) -> Tensor:
    """uint8 (N, H, W, 3) to normalised float32 (N, 3, H, W) in channels-last memory on `device`."""
    pixels = torch.as_tensor(images).to(device, non_blocking=True).permute(0, 3, 1, 2).float()
    centre = torch.tensor(mean, device=device).view(1, 3, 1, 1)
    spread = torch.tensor(std, device=device).view(1, 3, 1, 1)
    return (pixels / 255 - centre) / spread
