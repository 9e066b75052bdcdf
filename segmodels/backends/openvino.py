"""OpenVINO on CPU, where it is installed; kept apart from PyTorch's own threads by its own pool."""

import sys
import warnings
from types import ModuleType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from segmodels.backends.backend import BackendUnavailable
from segmodels.backends.signal_stack import signal_stack_kept
from segmodels.checkpoints import SegmentationModel
from segmodels.forward import softmax_of
from segmodels.phrase import Phrase

PRECISIONS = {"f32": "FP32", "bf16": "BF16"}


class OpenVinoBackend:
    """Converts and compiles once per image size, which takes seconds; any number of images at a time.

    `precision` is "f32" or "bf16". Raises BackendUnavailable without the openvino package, or where the
    processor lacks the precision.
    """

    def __init__(self, model: SegmentationModel, name: str, precision: str) -> None:
        self.name = name
        try:
            self._openvino = import_openvino()
        except ImportError as error:
            raise BackendUnavailable(name, Phrase("the package openvino is not installed")) from error
        self._core = self._openvino.Core()
        with signal_stack_kept():
            capabilities = self._core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        if PRECISIONS[precision] not in capabilities:
            raise BackendUnavailable(name, Phrase("this processor has no {precision}", precision=PRECISIONS[precision]))
        if next(model.module.parameters()).device.type != "cpu":
            raise BackendUnavailable(name, Phrase("the network is on a GPU"))
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
        try:
            return self._core.compile_model(self._converted(size), "CPU", self._options)
        except self._failures as error:
            raise BackendUnavailable(
                self.name, Phrase("the network cannot be converted ({reason})", reason=error)
            ) from error

    @property
    def _failures(self) -> tuple[type[Exception], ...]:
        """What a conversion raises; those of the frontend share no base class."""
        frontend = self._openvino.frontend
        return (
            RuntimeError, frontend.OpConversionFailure, frontend.OpValidationFailure, frontend.GeneralFailure,
            frontend.NotImplementedFailure, frontend.InitializationFailure,
        )  # fmt: skip

    def _converted(self, size: tuple[int, int]) -> Any:
        """The network for any number of images of `size`, by the frontend: `convert_model` reports its use."""
        from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

        frontend = self._openvino.frontend.FrontEndManager().load_by_framework("pytorch")
        if frontend is None:
            raise BackendUnavailable(self.name, Phrase("this openvino was built without its PyTorch frontend"))
        with torch.no_grad(), warnings.catch_warnings():
            # That a traced graph is good for one image size alone is what is wanted here.
            warnings.simplefilter("ignore", torch.jit.TracerWarning)
            warnings.simplefilter("ignore", FutureWarning)
            example = torch.zeros((1, *size, 3), dtype=torch.uint8)
            # Shared, the constants would point into the traced graph, which is gone by the time they are compiled.
            decoder = TorchScriptPythonDecoder(self._network, example_input=example, shared_memory=False)
        converted = frontend.convert(frontend.load(decoder))
        converted.reshape([-1, *size, 3])
        return converted


def import_openvino() -> ModuleType:
    """The package without its usage statistics, which it would send when it is imported; raises ImportError.

    It takes `openvino_telemetry` for not installed and puts an empty class of its own in the place.
    """
    sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
    import openvino

    return openvino


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
