"""Starting a network from an earlier model of the same kind."""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from segmodels.architectures import Network
from segmodels.checkpoints import load_model
from segmodels.errors import SettingsError
from segmodels.phrase import Phrase
from segmodels.settings import ClassSpec, TrainingSettings


def start_from(network: Network, classes: Sequence[ClassSpec], settings: TrainingSettings, path: Path) -> list[str]:
    """Copy weights from the model in `path` into `network`; returns the names of the classes carried over.

    Same architecture: everything, and in every layer with rows per class the rows of classes with the
    same name; new classes keep their random rows. Other architecture, or one of other shape, on the same
    encoder: the encoder alone. Another encoder, or one of other width, raises SettingsError, since nothing
    would be carried over.
    """
    source = load_model(path, device="cpu")
    if source.settings.encoder != settings.encoder:
        raise SettingsError(
            "encoder",
            Phrase(
                "{encoder} cannot start from {path}, whose encoder is {other}",
                encoder=settings.encoder,
                path=path.name,
                other=source.settings.encoder,
            ),
        )
    if _is_same_shape(network, source.module) and source.settings.architecture == settings.architecture:
        body = {
            name: tensor for name, tensor in source.module.state_dict().items() if name not in network.class_entries
        }
        network.load_state_dict(body, strict=False)
        return _copy_shared_rows(network, classes, source.module, source.classes)
    encoder = source.module.encoder.state_dict()
    if _shapes(encoder) != _shapes(network.encoder.state_dict()):
        raise SettingsError(
            "architecture_options",
            Phrase("the encoder they make has other shapes than that of {path}; it cannot start", path=path.name),
        )
    network.encoder.load_state_dict(encoder)
    return []


def _is_same_shape(network: Network, source: Network) -> bool:
    """Whether both have the same tensors, of the same shape but for the number of classes."""
    rows = network.class_entries
    ours, theirs = (_shapes(one.state_dict()) for one in (network, source))
    return ours.keys() == theirs.keys() and all(
        ours[name][1:] == theirs[name][1:] if name in rows else ours[name] == theirs[name] for name in ours
    )


def _shapes(state: dict[str, Tensor]) -> dict[str, torch.Size]:
    return {name: tensor.shape for name, tensor in state.items()}


def _copy_shared_rows(
    network: Network,
    classes: Sequence[ClassSpec],
    source: Network,
    source_classes: Sequence[ClassSpec],
) -> list[str]:
    places = {spec.name: index for index, spec in enumerate(source_classes)}
    shared = [spec.name for spec in classes if spec.name in places]
    ours, theirs = network.state_dict(), source.state_dict()
    for entry, rows in network.class_entries.items():
        ours[entry][: rows.shared] = theirs[entry][: rows.shared]
        for index, spec in enumerate(classes):
            if spec.name in places:
                ours[entry][rows.of(index)] = theirs[entry][rows.of(places[spec.name])]
    return shared
