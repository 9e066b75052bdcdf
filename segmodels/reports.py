"""What training tells its caller: numbers per step, per epoch and at the end."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, Self

ScoreName = Literal["val_miou", "mask_ap"]


@dataclass(frozen=True)
class StepReport:
    """After one optimiser step: `step` of `total_steps` counts over the whole run, from 1.

    `losses` are the parts of `loss` by name. `seconds_left` is None until the first step of this process has
    been timed.
    """

    step: int
    total_steps: int
    epoch: int
    loss: float
    learning_rate: float
    seconds_left: float | None
    losses: dict[str, float]


@dataclass(frozen=True)
class MaskScores:
    """COCO mask average precision 0..1: over IoU 0.50 to 0.95, and at 0.50 and 0.75; None without objects.

    `ap_per_class` by class index; a class without an object in the truth has None and is left out of the means.
    """

    ap: float | None
    ap50: float | None
    ap75: float | None
    ap_per_class: list[float | None]


@dataclass(frozen=True, kw_only=True)
class ValidationScores:
    """Scores on validation images, all None without any.

    A class that is neither in the truth nor predicted has IoU None and is left out of `val_miou`. All but
    `mask` come from counts over all validation images: `class_accuracy` is the mean share of a class' pixels
    found, `boundary_miou` that of Cheng et al. (2021). `mask` is that of instance models alone; their pixel
    scores are those of the segments they end in, and they have no `val_loss`.
    """

    val_loss: float | None = None
    val_miou: float | None = None
    iou_per_class: list[float | None] = field(default_factory=list)
    pixel_accuracy: float | None = None
    class_accuracy: float | None = None
    dice: float | None = None
    dice_per_class: list[float | None] = field(default_factory=list)
    boundary_miou: float | None = None
    boundary_iou_per_class: list[float | None] = field(default_factory=list)
    mask: MaskScores | None = None

    @property
    def score_name(self) -> ScoreName:
        """The score that decides which epoch is the best."""
        return "val_miou" if self.mask is None else "mask_ap"

    @property
    def score(self) -> float | None:
        """The value of the score that decides, higher is better."""
        return self.val_miou if self.mask is None else self.mask.ap


@dataclass(frozen=True, kw_only=True)
class EpochReport(ValidationScores):
    """After one epoch, from 1: the mean losses of its steps, summed and by name, and the validation scores."""

    epoch: int
    epochs: int
    train_loss: float
    train_losses: dict[str, float]
    seconds: float
    is_best: bool

    def to_dict(self) -> dict[str, Any]:
        """The JSON object that `from_dict` takes back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        mask = MaskScores(**values["mask"]) if values["mask"] else None
        return cls(**{**values, "mask": mask})


@dataclass(frozen=True)
class TrainingResult:
    """The finished run; `checkpoint` holds the model of the best epoch, `seconds` counts all its processes."""

    checkpoint: Path
    best: EpochReport
    epochs: int
    seconds: float
    parameters: int
    history: list[EpochReport]

    @property
    def best_epoch(self) -> int:
        return self.best.epoch

    @property
    def val_miou(self) -> float | None:
        return self.best.val_miou

    @property
    def iou_per_class(self) -> list[float | None]:
        return self.best.iou_per_class
