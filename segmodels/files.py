"""Tensor files that are either whole or not there, and reading them without trusting them."""

import os
from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from segmodels.errors import CheckpointError, CheckpointNotWritten
from segmodels.phrase import Phrase


def write_tensors(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """Write a safetensors file beside `path`, flush it to disk and rename it into place.

    Raises CheckpointNotWritten where that fails, as on a full disk; what was at `path` is then still there.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, partial, dict(metadata))
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(partial, path)
    except (OSError, SafetensorError) as error:
        raise CheckpointNotWritten(path, error) from error
    finally:
        partial.unlink(missing_ok=True)


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors (CPU) and metadata of a safetensors file; raises CheckpointError with name and reason."""
    if not path.is_file():
        raise CheckpointError(path, Phrase("no such file"))
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise CheckpointError(path, Phrase("not a readable safetensors file ({reason})", reason=error)) from error
