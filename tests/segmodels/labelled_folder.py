"""A labelled folder on disk and model files that were never trained, for tests of commands."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from segmodels.architectures import build_network
from segmodels.checkpoints import Normalisation, save_model
from segmodels.settings import ClassSpec, TrainingSettings
from tests.segmodels.conftest import MadeSample

NAMES = ("ground", "red", "blue")
VALUES = np.array([0, 7, 9, 255], np.uint8)
CLASSES: dict[str, Any] = {
    "classes": [{"id": int(value), "name": name} for value, name in zip(VALUES, NAMES, strict=False)],
    "ignore": {"id": 255, "name": "void"},
}

# Options of `train` for a run of a second or two.
QUICK = [
    *("--encoder", "mobilenet_v2", "--encoder-weights", "none", "--image-size", "32x48", "--batch-size", "2"),
    *("--epochs", "2", "--steps-per-epoch", "2", "--threads", "1", "--device", "cpu"),
]


def write_label_folder(folder: Path, samples: Sequence[MadeSample]) -> Path:
    """`images/`, `labels/` and `classes.json`; unlabelled pixels (-1) are 255."""
    for kind in ("images", "labels"):
        (folder / kind).mkdir(parents=True)
    for sample in samples:
        Image.fromarray(sample.pixels).save(folder / "images" / sample.name)
        Image.fromarray(VALUES[sample.labels]).save(folder / "labels" / sample.name)
    (folder / "classes.json").write_text(json.dumps(CLASSES))
    return folder


def write_raw_model(path: Path, architecture: str = "unet", size: tuple[int, int] = (48, 64)) -> Path:
    """A network with random weights that tells the classes apart by chance; batches of 2."""
    torch.manual_seed(3)
    network = build_network(architecture, "mobilenet_v2", len(NAMES))
    settings = TrainingSettings(
        architecture=architecture, encoder="mobilenet_v2", encoder_weights="none", image_size=size, batch_size=2
    )
    classes = [ClassSpec(name) for name in NAMES]
    save_model(path, network.state_dict(), classes, settings, Normalisation.of_encoder("mobilenet_v2"), {})
    return path
