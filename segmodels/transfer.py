"""Starting a network from an earlier model of the same kind."""

from collections.abc import Sequence
from pathlib import Path

import torch

from segmodels.architectures import SegmentationNetwork
from segmodels.checkpoints import load_model
from segmodels.errors import SettingsError
from segmodels.settings import ClassSpec, TrainingSettings


def start_from(
    network: SegmentationNetwork, classes: Sequence[ClassSpec], settings: TrainingSettings, path: Path
) -> list[str]:
    """Copy weights from the model in `path` into `network`; returns the names of the classes carried over.

    Same architecture: everything, and the classifier's rows of classes with the same name; new classes
    keep their random rows. Other architecture on the same encoder: the encoder alone. Another encoder
    raises SettingsError, since nothing would be carried over.
    """
    source = load_model(path, device="cpu")
    if source.settings.encoder != settings.encoder:
        raise SettingsError(
            "encoder",
            f"{settings.encoder} cannot start from {path.name}, whose encoder is {source.settings.encoder}",
        )
    if source.settings.architecture != settings.architecture:
        network.encoder.load_state_dict(source.module.encoder.state_dict())
        return []
    head = network.classifier_name
    body = {name: tensor for name, tensor in source.module.state_dict().items() if not name.startswith(f"{head}.")}
    network.load_state_dict(body, strict=False)
    return _copy_shared_rows(network, classes, source.module, source.classes)


def _copy_shared_rows(
    network: SegmentationNetwork,
    classes: Sequence[ClassSpec],
    source: SegmentationNetwork,
    source_classes: Sequence[ClassSpec],
) -> list[str]:
    rows = {spec.name: row for row, spec in enumerate(source_classes)}
    shared = [spec.name for spec in classes if spec.name in rows]
    with torch.no_grad():
        for row, spec in enumerate(classes):
            if spec.name not in rows:
                continue
            network.classifier.weight[row] = source.classifier.weight[rows[spec.name]]
            if network.classifier.bias is not None and source.classifier.bias is not None:
                network.classifier.bias[row] = source.classifier.bias[rows[spec.name]]
    return shared
