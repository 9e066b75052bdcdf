"""The backends by name."""

import importlib.util
from collections.abc import Callable

import torch

from segmodels.backends.backend import Backend, BackendUnavailable
from segmodels.backends.compiled import CompiledBackend
from segmodels.backends.eager import EagerBackend
from segmodels.backends.openvino import OpenVinoBackend
from segmodels.checkpoints import SegmentationModel
from segmodels.device import has_bfloat16
from segmodels.errors import SettingsError
from segmodels.phrase import Phrase

__all__ = ["BACKENDS", "Backend", "BackendUnavailable", "candidates", "open_backend"]


def open_backend(name: str, model: SegmentationModel) -> Backend:
    """A backend for `model`; raises SettingsError for an unknown name, BackendUnavailable with the reason.

    Some reasons only show when the first images are run.
    """
    if name not in BACKENDS:
        raise SettingsError(
            "backend",
            Phrase("{value} is not offered; choose one of {choices}", value=repr(name), choices=", ".join(BACKENDS)),
        )
    return BACKENDS[name](model)


def _compiled_bf16(model: SegmentationModel) -> Backend:
    name = "compiled-bf16"
    if not has_bfloat16(next(model.module.parameters()).device):
        raise BackendUnavailable(name, Phrase("this processor has no bfloat16"))
    return CompiledBackend(model, name, torch.bfloat16)


BACKENDS: dict[str, Callable[[SegmentationModel], Backend]] = {
    "eager": EagerBackend,
    "compiled": lambda model: CompiledBackend(model, "compiled", torch.float32),
    "compiled-bf16": _compiled_bf16,
    "openvino": lambda model: OpenVinoBackend(model, "openvino", "f32"),
    "openvino-bf16": lambda model: OpenVinoBackend(model, "openvino-bf16", "bf16"),
}


def candidates(model: SegmentationModel) -> tuple[str, ...]:
    """Those worth measuring for `model` here: all that can run, without the compiled ones on CPU beside OpenVINO.

    Compiling takes a minute on CPU and was slower than OpenVINO wherever both were measured
    (benchmarks/results/models.json).
    """
    if model.settings.task == "instance":
        return ("eager",)
    on_cpu = next(model.module.parameters()).device.type == "cpu"
    if on_cpu and importlib.util.find_spec("openvino") is not None:
        return ("eager", "openvino", "openvino-bf16")
    return tuple(BACKENDS)
