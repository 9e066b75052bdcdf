"""MobileSAM's file, mobile_sam.pt, and its two halves: the encoder for torch, prompts and decoder as arrays.

Needs torch. The file is a pickle, which is read with `weights_only`: tensors and nothing that runs.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from segmodels.clicks.arrays import ARRAY_SHAPES
from segmodels.clicks.encoder import ClickEncoder, our_names
from segmodels.encoders import UNPICKLING_ERRORS, fitting
from segmodels.errors import CheckpointError
from segmodels.phrase import Phrase

ENCODER_PREFIX = "image_encoder."


def read_weights(path: Path) -> dict[str, Tensor]:
    """Every tensor of the file by its published name. Raises CheckpointError where it is none of MobileSAM's shape."""
    if not path.is_file():
        raise CheckpointError(path, Phrase("no such file"))
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except UNPICKLING_ERRORS as error:
        raise CheckpointError(path, Phrase("not a file of tensors that can be read safely")) from error
    if not isinstance(state, Mapping) or not all(isinstance(tensor, Tensor) for tensor in state.values()):
        raise CheckpointError(path, Phrase("holds something else than named tensors"))
    _check_decoder(state, path)
    return dict(state)


def _check_decoder(state: Mapping[str, Tensor], path: Path) -> None:
    for name, shape in ARRAY_SHAPES.items():
        if name not in state:
            raise CheckpointError(path, Phrase("is no MobileSAM: {name} is missing", name=name))
        if tuple(state[name].shape) != shape:
            raise CheckpointError(
                path,
                Phrase(
                    "is no MobileSAM: {name} is {shape}, not {expected}",
                    name=name,
                    shape=tuple(state[name].shape),
                    expected=shape,
                ),
            )


def load_encoder(path: Path) -> ClickEncoder:
    """The encoder with the weights of the file. Raises CheckpointError where they do not fit."""
    state = read_weights(path)
    published = {
        name.removeprefix(ENCODER_PREFIX): tensor
        for name, tensor in state.items()
        if name.startswith(ENCODER_PREFIX)
    }  # fmt: skip
    encoder = ClickEncoder()
    encoder.load_state_dict(fitting(encoder, our_names(published), path))
    return encoder.eval()


def decoder_arrays(path: Path) -> dict[str, NDArray[np.float32]]:
    """What ClickDecoder needs out of the file."""
    state = read_weights(path)
    return {name: state[name].float().numpy() for name in ARRAY_SHAPES}
