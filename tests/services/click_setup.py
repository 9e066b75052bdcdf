"""A server that is set up for clicks, with random weights and an encoder that costs nothing."""

import io
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from annotator.models import Image
from annotator.services import clicks
from segmodels.clicks.frames import Frame
from tests.segmodels.click_weights import random_arrays


@dataclass
class ClickSetup:
    """Where the weights lie, and which images were embedded."""

    weights: Path
    embedded: list[str] = field(default_factory=list)

    def embed(self, image: Image, frame: Frame, digest: str) -> NDArray[np.float32]:
        self.embedded.append(image.name)
        rng = np.random.default_rng(image.pk)
        return rng.standard_normal((256, 64, 64)).astype(np.float32)


def set_up_clicks(monkeypatch, settings, folder: Path, seed: int = 0) -> ClickSetup:
    """Weights and an empty store in `folder`; this process has forgotten what it was asked before."""
    use_files_in(folder, settings)
    settings.CLICK_WEIGHTS = folder / "mobile_sam.pt"
    write_weights(settings.CLICK_WEIGHTS, seed)
    made = ClickSetup(settings.CLICK_WEIGHTS)
    monkeypatch.setattr(clicks, "_embed", made.embed)
    forget_images(monkeypatch)
    return made


def use_files_in(folder: Path, settings) -> None:
    blobs = {"BACKEND": "annotator.storage.AtomicFileSystemStorage", "OPTIONS": {"location": folder / "files"}}
    settings.STORAGES = {**settings.STORAGES, "default": blobs}
    settings.DATA = folder


def write_weights(path: Path, seed: int) -> None:
    path.write_bytes(_weights(seed))


@lru_cache
def _weights(seed: int) -> bytes:
    out = io.BytesIO()
    torch.save({name: torch.from_numpy(array) for name, array in random_arrays(seed).items()}, out)
    return out.getvalue()


def forget_images(monkeypatch) -> None:
    """As in another web process, or the same one after a restart."""
    monkeypatch.setattr(clicks, "_open_frames", OrderedDict())
    monkeypatch.setattr(clicks, "_decoders", OrderedDict())
