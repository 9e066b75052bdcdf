"""Weights of MobileSAM's shape: random ones, and where the published ones lie beside the repository."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from segmodels.clicks.arrays import ARRAY_SHAPES
from segmodels.clicks.encoder import ClickEncoder

PUBLISHED = Path(__file__).parents[3] / "shared" / "weights" / "mobile_sam.pt"

needs_published = pytest.mark.skipif(not PUBLISHED.is_file(), reason=f"no {PUBLISHED.name} beside the repository")


def random_arrays(seed: int = 0) -> dict[str, NDArray[np.float32]]:
    """Prompts and decoder: sums of a layer stay near 1, norms near the identity."""
    rng = np.random.default_rng(seed)
    arrays = {}
    for name, shape in ARRAY_SHAPES.items():
        inputs = int(np.prod(shape[1:])) if name.endswith("weight") and len(shape) > 1 else 10
        arrays[name] = (rng.standard_normal(shape) / np.sqrt(inputs)).astype(np.float32)
        if re.search(r"norm\w*\.weight|upscaling\.1\.weight|downscaling\.[14]\.weight", name):
            arrays[name] += 1
    return arrays


def published_names(encoder: ClickEncoder) -> dict[str, torch.Tensor]:
    """An encoder's tensors as MobileSAM's file calls them, with the classifier that it holds besides."""
    tensors = {f"image_encoder.{_their_name(name)}": tensor for name, tensor in encoder.state_dict().items()}
    head = {"norm_head.weight": (320,), "norm_head.bias": (320,), "head.weight": (1000, 320), "head.bias": (1000,)}
    return tensors | {f"image_encoder.{name}": torch.zeros(shape) for name, shape in head.items()}


def _their_name(name: str) -> str:
    name = name.removeprefix("backbone.").replace(".conv.", ".c.")
    name = name.replace("patch_embed.conv1", "patch_embed.seq.0").replace("patch_embed.conv2", "patch_embed.seq.2")
    name = re.sub(r"^stages\.(\d)\.downsample", lambda found: f"layers.{int(found[1]) - 1}.downsample", name)
    return re.sub(r"^stages\.", "layers.", name)
