"""The resumable state of an instance run: one file, replaced atomically, holding tensors and JSON only."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from segmodels.errors import CheckpointError
from segmodels.files import read_tensors, write_tensors
from segmodels.instances.reports import InstanceEpochReport

STATE_FORMAT = "maskloop-instance-training-state-1"


@dataclass
class InstanceProgress:
    """How far a run is: `epoch` epochs are finished, `step` steps of the next one, `seconds` in all.

    `loss_sums` are over the steps of the present epoch, by the losses' names.
    """

    epoch: int = 0
    step: int = 0
    loss_sums: dict[str, float] = field(default_factory=dict)
    best_epoch: int = 0
    best_score: float | None = None
    seconds: float = 0.0
    epoch_seconds: float = 0.0
    history: list[InstanceEpochReport] = field(default_factory=list)


def save_state(
    path: Path, fingerprint: str, network: nn.Module, optimiser: Optimizer, progress: InstanceProgress
) -> None:
    """Write network, optimiser, random state and progress; `fingerprint` says which run they belong to."""
    tensors = {f"network.{name}": tensor for name, tensor in network.state_dict().items()}
    tensors |= {
        f"optimiser.{index}.{name}": value
        for index, moments in optimiser.state_dict()["state"].items()
        for name, value in moments.items()
        if isinstance(value, Tensor)
    }
    tensors["random.cpu"] = torch.get_rng_state()
    if torch.cuda.is_available():
        tensors["random.cuda"] = torch.cuda.get_rng_state()
    metadata = {"format": STATE_FORMAT, "fingerprint": fingerprint, "progress": json.dumps(asdict(progress))}
    write_tensors(path, tensors, metadata)


def restore_state(path: Path, fingerprint: str, network: nn.Module, optimiser: Optimizer) -> InstanceProgress:
    """Put the state in `path` back; raises CheckpointError when damaged or of another run."""
    tensors, metadata = read_tensors(path)
    if metadata.get("format") != STATE_FORMAT:
        raise CheckpointError(path, "not a training state of instance models")
    if metadata.get("fingerprint") != fingerprint:
        raise CheckpointError(path, "the state of a run with other settings, classes or images; use another folder")
    network.load_state_dict(_with_prefix(tensors, "network."))
    moments: dict[int, dict[str, Any]] = {}
    for name, tensor in _with_prefix(tensors, "optimiser.").items():
        index, moment = name.split(".")
        moments.setdefault(int(index), {})[moment] = tensor
    optimiser.load_state_dict(optimiser.state_dict() | {"state": moments})
    torch.set_rng_state(tensors["random.cpu"])
    if "random.cuda" in tensors and torch.cuda.is_available():
        torch.cuda.set_rng_state(tensors["random.cuda"])
    values = json.loads(metadata["progress"])
    values["history"] = [InstanceEpochReport.from_dict(report) for report in values["history"]]
    return InstanceProgress(**values)


def _with_prefix(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
