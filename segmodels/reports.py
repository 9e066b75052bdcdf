"""What training tells its caller: numbers per step, per epoch and at the end."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class StepReport:
    """After one optimiser step: `step` of `total_steps` counts over the whole run, from 1.

    `seconds_left` is None until the first step of this process has been timed.
    """

    step: int
    total_steps: int
    epoch: int
    loss: float
    learning_rate: float
    seconds_left: float | None


@dataclass(frozen=True)
class EpochReport:
    """After one epoch, from 1; `val_*` are None without validation images.

    A class that is neither in the truth nor predicted has IoU None and is left out of `val_miou`. All scores
    come from counts over all validation images: `class_accuracy` is the mean share of a class' pixels found,
    `boundary_miou` that of Cheng et al. (2021).
    """

    epoch: int
    epochs: int
    train_loss: float
    val_loss: float | None
    val_miou: float | None
    iou_per_class: list[float | None]
    pixel_accuracy: float | None
    seconds: float
    is_best: bool
    class_accuracy: float | None = None
    dice: float | None = None
    dice_per_class: list[float | None] = field(default_factory=list)
    boundary_miou: float | None = None
    boundary_iou_per_class: list[float | None] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class TrainingResult:
    """The finished run; `checkpoint` holds the model of `best_epoch`, `seconds` counts all its processes."""

    checkpoint: Path
    val_miou: float | None
    iou_per_class: list[float | None]
    best_epoch: int
    epochs: int
    seconds: float
    parameters: int
    history: list[EpochReport]
