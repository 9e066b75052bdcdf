"""torch.compile with frozen weights: batch norms folded into convolutions, loops fused."""

import copy

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch._dynamo.exc import TorchDynamoException
from torch._inductor.exc import InvalidCxxCompiler

from segmodels.backends.backend import BackendUnavailable
from segmodels.checkpoints import SegmentationModel
from segmodels.device import to_input
from segmodels.forward import softmax_of
from segmodels.phrase import Phrase


class CompiledBackend:
    """Compiles once per image size, which takes tens of seconds on CPU.

    `precision` is torch.float32 or torch.bfloat16, the latter with float32 accumulation.
    """

    def __init__(self, model: SegmentationModel, name: str, precision: torch.dtype) -> None:
        self.name = name
        self._normalisation = model.normalisation
        self._device = next(model.module.parameters()).device
        self._precision = precision
        # A copy, because channels-last weights would change the rounding of the network it was made from.
        module = copy.deepcopy(model.module).to(memory_format=torch.channels_last)
        self._network = torch.compile(module, dynamic=False, options={"freezing": True})

    def probabilities(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        count = len(images)
        # A batch of one is compiled apart from all others; twice the same is still quicker than that.
        batch = to_input(images if count > 1 else images.repeat(2, 0), *self._scaling, self._device)
        torch._dynamo.mark_dynamic(batch, 0)
        return softmax_of(self._logits(batch)[:count])

    @property
    def _scaling(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        return self._normalisation.mean, self._normalisation.std

    def _logits(self, batch: Tensor) -> Tensor:
        lower = self._precision != torch.float32
        try:
            with torch.inference_mode(), torch.autocast(batch.device.type, self._precision, enabled=lower):
                logits: Tensor = self._network(batch)
                return logits
        except (TorchDynamoException, InvalidCxxCompiler) as error:
            raise BackendUnavailable(
                self.name, Phrase("the network cannot be compiled here ({reason})", reason=error)
            ) from error
