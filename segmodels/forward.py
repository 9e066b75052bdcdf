"""One batch of uint8 images through a network."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from segmodels.checkpoints import Normalisation
from segmodels.device import autocast, pick_precision, to_input


def class_probabilities(
    module: torch.nn.Module, images: NDArray[np.uint8], normalisation: Normalisation
) -> NDArray[np.float32]:
    """Softmax output float32 (N, C, h, w) for uint8 (N, h, w, 3); `module` must be in evaluation mode."""
    return softmax_of(class_logits(module, images, normalisation))


def softmax_of(logits: Tensor) -> NDArray[np.float32]:
    """Logits (N, C, h, w) to probabilities of the same shape, float32 and contiguous."""
    return np.asarray(logits.float().softmax(1).contiguous().cpu().numpy(), np.float32)


def class_logits(module: torch.nn.Module, images: NDArray[np.uint8], normalisation: Normalisation) -> Tensor:
    """float32 (N, C, h, w) on the module's device for uint8 (N, h, w, 3)."""
    device = next(module.parameters()).device
    with torch.inference_mode(), autocast(device, pick_precision(device)):
        logits: Tensor = module(to_input(images, normalisation.mean, normalisation.std, device))
    return logits.float()
