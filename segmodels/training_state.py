"""The resumable state of a run: one file, replaced atomically, holding tensors and JSON only."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.amp import GradScaler
from torch.optim import Optimizer

from segmodels.errors import CheckpointError
from segmodels.files import read_tensors, write_tensors
from segmodels.phrase import Phrase
from segmodels.reports import EpochReport

STATE_FORMAT = "maskloop-training-state-2"


@dataclass
class Progress:
    """How far a run is: `epoch` epochs are finished, `step` steps of the next one, `seconds` in all.

    `loss_sums` are over the steps of the present epoch, by the losses' names. `best_score` is the score of
    `best_epoch` that decides, None without validation. `micro_batch` is how many
    images at once have turned out to fit into memory, None while nothing was found not to.
    """

    epoch: int = 0
    step: int = 0
    loss_sums: dict[str, float] = field(default_factory=dict)
    best_epoch: int = 0
    best_score: float | None = None
    seconds: float = 0.0
    epoch_seconds: float = 0.0
    micro_batch: int | None = None
    history: list[EpochReport] = field(default_factory=list)

    def add_losses(self, losses: dict[str, float]) -> None:
        """Count those of one more step."""
        for name, loss in losses.items():
            self.loss_sums[name] = self.loss_sums.get(name, 0.0) + loss


def save_state(
    path: Path,
    fingerprint: str,
    network: nn.Module,
    optimiser: Optimizer,
    progress: Progress,
    average: nn.Module | None = None,
    scaler: GradScaler | None = None,
) -> None:
    """Write all that the next step depends on; `fingerprint` says which run it belongs to.

    `average` is the network of averaged weights, `scaler` that of a float16 loss, where the run has them.
    """
    tensors = {f"network.{name}": tensor for name, tensor in network.state_dict().items()}
    if average is not None:
        tensors |= {f"average.{name}": tensor for name, tensor in average.state_dict().items()}
    tensors |= {
        f"optimiser.{index}.{name}": tensor
        for index, moments in optimiser.state_dict()["state"].items()
        for name, tensor in moments.items()
    }
    tensors["random.cpu"] = torch.get_rng_state()
    if torch.cuda.is_available():
        tensors["random.cuda"] = torch.cuda.get_rng_state()
    metadata = {"format": STATE_FORMAT, "fingerprint": fingerprint, "progress": json.dumps(asdict(progress))}
    if scaler is not None:
        metadata["scaler"] = json.dumps(scaler.state_dict())
    write_tensors(path, tensors, metadata)


def restore_state(
    path: Path,
    fingerprint: str,
    network: nn.Module,
    optimiser: Optimizer,
    average: nn.Module | None = None,
    scaler: GradScaler | None = None,
) -> Progress:
    """Put the state in `path` back; raises CheckpointError when damaged or of another run."""
    tensors, metadata = read_tensors(path)
    if metadata.get("format") != STATE_FORMAT:
        raise CheckpointError(path, Phrase("not a training state of this program"))
    if metadata.get("fingerprint") != fingerprint:
        raise CheckpointError(
            path, Phrase("the state of a run with other settings, classes or images; use another folder")
        )
    network.load_state_dict(_with_prefix(tensors, "network."))
    if average is not None:
        average.load_state_dict(_with_prefix(tensors, "average."))
    _restore_optimiser(optimiser, _with_prefix(tensors, "optimiser."))
    if scaler is not None and "scaler" in metadata:
        scaler.load_state_dict(json.loads(metadata["scaler"]))
    torch.set_rng_state(tensors["random.cpu"])
    if "random.cuda" in tensors and torch.cuda.is_available():
        torch.cuda.set_rng_state(tensors["random.cuda"])
    values = json.loads(metadata["progress"])
    values["history"] = [EpochReport.from_dict(report) for report in values["history"]]
    return Progress(**values)


def _with_prefix(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _restore_optimiser(optimiser: Optimizer, tensors: dict[str, Tensor]) -> None:
    parameters = [parameter for group in optimiser.param_groups for parameter in group["params"]]
    moments: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        index, moment = name.split(".")
        parameter = parameters[int(index)]
        if moment != "step":
            # The fused step walks raw memory: moments must lie as their parameter does (channels last).
            tensor = torch.empty_like(parameter).copy_(tensor)
        moments.setdefault(int(index), {})[moment] = tensor
    optimiser.load_state_dict(optimiser.state_dict() | {"state": moments})
