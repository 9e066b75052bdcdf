"""Instance models on disk: one safetensors file that says by itself how to use it."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from segmodels.checkpoints import Normalisation
from segmodels.device import pick_device
from segmodels.errors import CheckpointError, SettingsError
from segmodels.files import read_tensors, write_tensors
from segmodels.instances.mask_rcnn import MaskRCNN, build_mask_rcnn
from segmodels.instances.settings import InstanceSettings
from segmodels.settings import ClassSpec

FORMAT = "maskloop-instance-model"
FORMAT_VERSION = 1


@dataclass(frozen=True)
class InstanceModel:
    """A trained Mask R-CNN in evaluation mode; `classes` are its thing classes in index order."""

    module: MaskRCNN
    classes: list[ClassSpec]
    settings: InstanceSettings
    scores: dict[str, Any] = field(default_factory=dict)


def save_instance_model(
    path: Path,
    state: dict[str, Tensor],
    classes: Sequence[ClassSpec],
    settings: InstanceSettings,
    scores: dict[str, Any],
) -> None:
    """Write the network's state dict and description, atomically."""
    description = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "architecture": "mask_rcnn",
        "settings": settings.to_dict(),
        "classes": [asdict(spec) for spec in classes],
        "normalisation": asdict(Normalisation.of_encoder(settings.encoder)),
        "scores": scores,
    }
    write_tensors(path, state, {name: json.dumps(value) for name, value in description.items()})


def load_instance_model(path: Path, device: str = "auto") -> InstanceModel:
    """The model in `path`, ready to predict; raises CheckpointError naming the file and the reason."""
    tensors, metadata = read_tensors(path)
    description = _description(path, metadata)
    try:
        settings = InstanceSettings.from_dict(description["settings"])
        classes = [ClassSpec(**spec) for spec in description["classes"]]
        mean, std = description["normalisation"]["mean"], description["normalisation"]["std"]
    except (SettingsError, KeyError, TypeError) as error:
        raise CheckpointError(path, f"its description cannot be used ({error})") from error
    module = build_mask_rcnn(settings, len(classes))
    module.transform.image_mean, module.transform.image_std = mean, std
    try:
        module.load_state_dict(tensors, strict=True)
    except RuntimeError as error:
        raise CheckpointError(path, f"its weights do not fit mask_rcnn/{settings.encoder}") from error
    module.to(pick_device(device), memory_format=torch.channels_last)  # type: ignore[call-overload]
    module.eval().requires_grad_(False)
    return InstanceModel(module, classes, settings, description.get("scores", {}))


def _description(path: Path, metadata: dict[str, str]) -> dict[str, Any]:
    try:
        description = {name: json.loads(text) for name, text in metadata.items()}
    except json.JSONDecodeError as error:
        raise CheckpointError(path, "not a Maskloop instance model") from error
    if description.get("format") != FORMAT:
        raise CheckpointError(path, "not a Maskloop instance model")
    version = description.get("format_version")
    if version != FORMAT_VERSION:
        raise CheckpointError(path, f"format version {version}; this program reads {FORMAT_VERSION}")
    return description
