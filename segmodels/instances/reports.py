"""What instance training tells its caller: numbers per step, per epoch and at the end."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class MaskScores:
    """COCO mask average precision 0..1: over IoU 0.50 to 0.95, and at 0.50 and 0.75; None without objects.

    `ap_per_class` by class index; a class without an object in the truth has None and is left out of the means.
    """

    ap: float | None
    ap50: float | None
    ap75: float | None
    ap_per_class: list[float | None]


@dataclass(frozen=True)
class InstanceStepReport:
    """After one optimiser step, counted over the whole run from 1.

    `losses` are the parts of `loss`: class, box, mask, rpn_objectness, rpn_box.
    """

    step: int
    total_steps: int
    epoch: int
    loss: float
    losses: dict[str, float]
    learning_rate: float
    seconds_left: float | None


@dataclass(frozen=True)
class InstanceEpochReport:
    """After one epoch, from 1: mean losses of its steps, and the scores on the validation images, if any."""

    epoch: int
    epochs: int
    train_loss: float
    train_losses: dict[str, float]
    scores: MaskScores | None
    seconds: float
    is_best: bool

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "InstanceEpochReport":
        scores = MaskScores(**values["scores"]) if values["scores"] else None
        return cls(**values | {"scores": scores})


@dataclass(frozen=True)
class InstanceResult:
    """The finished run; `checkpoint` holds the model of `best_epoch`, `seconds` counts all its processes."""

    checkpoint: Path
    scores: MaskScores | None
    best_epoch: int
    epochs: int
    seconds: float
    parameters: int
    history: list[InstanceEpochReport]
