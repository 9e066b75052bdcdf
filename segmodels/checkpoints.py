"""Best models on disk: one safetensors file that says by itself how to use it."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor

from segmodels.architectures import Network, build_network
from segmodels.catalogue import ENCODERS
from segmodels.device import pick_device
from segmodels.errors import CheckpointError, SettingsError
from segmodels.files import read_tensors, write_tensors
from segmodels.phrase import Phrase
from segmodels.settings import ClassSpec, TrainingSettings

FORMAT = "maskloop-segmentation-model"
FORMAT_VERSION = 1


@dataclass(frozen=True)
class Normalisation:
    """What is subtracted from and divided into RGB values scaled to 0..1, per channel."""

    mean: tuple[float, ...]
    std: tuple[float, ...]

    @classmethod
    def of_encoder(cls, encoder: str) -> "Normalisation":
        card = ENCODERS[encoder]
        return cls(card.mean, card.std)


@dataclass(frozen=True)
class SegmentationModel:
    """A trained network in evaluation mode with what it takes to use it; `scores` is free-form JSON.

    `settings.task` tells whether `module` labels pixels or finds objects.
    """

    module: Network
    classes: list[ClassSpec]
    settings: TrainingSettings
    normalisation: Normalisation
    scores: dict[str, Any] = field(default_factory=dict)


def save_model(
    path: Path,
    state: dict[str, Tensor],
    classes: Sequence[ClassSpec],
    settings: TrainingSettings,
    normalisation: Normalisation,
    scores: dict[str, Any],
) -> None:
    """Write the network's state dict and description, atomically."""
    description = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "settings": settings.to_dict(),
        "classes": [asdict(spec) for spec in classes],
        "normalisation": asdict(normalisation),
        "scores": scores,
    }
    write_tensors(path, state, {name: json.dumps(value) for name, value in description.items()})


def load_model(path: Path, device: str = "auto") -> SegmentationModel:
    """The model in `path`, ready to predict; raises CheckpointError naming the file and the reason."""
    tensors, metadata = read_tensors(path)
    description = _description(path, metadata)
    try:
        settings = TrainingSettings.from_dict(description["settings"])
        classes = [ClassSpec(**spec) for spec in description["classes"]]
        normalisation = Normalisation(
            tuple(description["normalisation"]["mean"]), tuple(description["normalisation"]["std"])
        )
    except (SettingsError, KeyError, TypeError) as error:
        raise CheckpointError(path, Phrase("its description cannot be used ({reason})", reason=error)) from error
    module = build_network(settings.architecture, settings.encoder, len(classes), settings.architecture_options)
    try:
        module.load_state_dict(tensors, strict=True)
    except RuntimeError as error:
        raise CheckpointError(
            path,
            Phrase(
                "its weights do not fit {architecture}/{encoder}",
                architecture=settings.architecture,
                encoder=settings.encoder,
            ),
        ) from error
    module.to(pick_device(device)).eval().requires_grad_(False)
    return SegmentationModel(module, classes, settings, normalisation, description.get("scores", {}))


def _description(path: Path, metadata: dict[str, str]) -> dict[str, Any]:
    try:
        description = {name: json.loads(text) for name, text in metadata.items()}
    except json.JSONDecodeError as error:
        raise CheckpointError(path, Phrase("not a Maskloop model")) from error
    if description.get("format") != FORMAT:
        raise CheckpointError(path, Phrase("not a Maskloop model"))
    version = description.get("format_version")
    if version != FORMAT_VERSION:
        raise CheckpointError(
            path,
            Phrase(
                "format version {version}; this program reads {format_version}",
                version=version,
                format_version=FORMAT_VERSION,
            ),
        )
    return description
