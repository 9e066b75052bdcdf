"""The backends by name."""

from collections.abc import Callable

import torch

from segmodels.backends.backend import Backend, BackendUnavailable
from segmodels.backends.compiled import CompiledBackend, has_bfloat16
from segmodels.backends.eager import EagerBackend
from segmodels.backends.openvino import OpenVinoBackend
from segmodels.checkpoints import SegmentationModel
from segmodels.errors import SettingsError

__all__ = ["BACKENDS", "Backend", "BackendUnavailable", "open_backend"]


def open_backend(name: str, model: SegmentationModel) -> Backend:
    """A backend for `model`; raises SettingsError for an unknown name, BackendUnavailable with the reason.

    Some reasons only show when the first images are run.
    """
    if name not in BACKENDS:
        raise SettingsError("backend", f"{name!r} is not offered; choose one of {', '.join(BACKENDS)}")
    return BACKENDS[name](model)


def _compiled_bf16(model: SegmentationModel) -> Backend:
    name = "compiled-bf16"
    if not has_bfloat16(next(model.module.parameters()).device):
        raise BackendUnavailable(name, "this processor has no bfloat16")
    return CompiledBackend(model, name, torch.bfloat16)


BACKENDS: dict[str, Callable[[SegmentationModel], Backend]] = {
    "eager": EagerBackend,
    "compiled": lambda model: CompiledBackend(model, "compiled", torch.float32),
    "compiled-bf16": _compiled_bf16,
    "openvino": lambda model: OpenVinoBackend(model, "openvino", "f32"),
    "openvino-bf16": lambda model: OpenVinoBackend(model, "openvino-bf16", "bf16"),
}
