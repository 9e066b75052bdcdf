"""OpenVINO on CPU, where it is installed; kept apart from PyTorch's own threads by its own pool."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from segmodels.backends.backend import BackendUnavailable
from segmodels.checkpoints import SegmentationModel
from segmodels.forward import softmax_of

PRECISIONS = {"f32": "FP32", "bf16": "BF16"}


class OpenVinoBackend:
    """Converts and compiles once per image size, which takes seconds; any number of images at a time.

    `precision` is "f32" or "bf16". Raises BackendUnavailable without the openvino package, or where the
    processor lacks the precision.
    """

    def __init__(self, model: SegmentationModel, name: str, precision: str) -> None:
        self.name = name
        try:
            import openvino
        except ImportError as error:
            raise BackendUnavailable(name, "the package openvino is not installed") from error
        self._openvino = openvino
        self._core = openvino.Core()
        if PRECISIONS[precision] not in self._core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
            raise BackendUnavailable(name, f"this processor has no {PRECISIONS[precision]}")
        if next(model.module.parameters()).device.type != "cpu":
            raise BackendUnavailable(name, "the network is on a GPU")
        self._network = _OfPixels(model)
        self._options = {
            "INFERENCE_PRECISION_HINT": precision,
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": torch.get_num_threads(),
        }
        self._compiled: dict[tuple[int, int], Any] = {}

    def probabilities(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        size = images.shape[1], images.shape[2]
        if size not in self._compiled:
            self._compiled[size] = self._compile(size)
        logits = self._compiled[size](np.ascontiguousarray(images))[0]
        return softmax_of(torch.from_numpy(logits))

    def _compile(self, size: tuple[int, int]) -> Any:
        example = torch.zeros((1, *size, 3), dtype=torch.uint8)
        try:
            with torch.no_grad():
                converted = self._openvino.convert_model(self._network, example_input=example, input=[[-1, *size, 3]])
            return self._core.compile_model(converted, "CPU", self._options)
        except RuntimeError as error:
            raise BackendUnavailable(self.name, f"the network cannot be converted ({error})") from error


class _OfPixels(nn.Module):
    """uint8 (N, h, w, 3) to logits, so that normalisation becomes part of the graph."""

    def __init__(self, model: SegmentationModel) -> None:
        super().__init__()
        self.network = model.module
        self.centre = torch.tensor(model.normalisation.mean).view(1, 3, 1, 1)
        self.spread = torch.tensor(model.normalisation.std).view(1, 3, 1, 1)

    def forward(self, images: Tensor) -> Tensor:
        pixels = images.permute(0, 3, 1, 2).float()
        logits: Tensor = self.network((pixels / 255 - self.centre) / self.spread)
        return logits
