"""Settings of one training run: plain values, checked when made, without importing torch."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from segmodels.catalogue import ARCHITECTURE_CARDS, DEFAULT_ARCHITECTURE, DEFAULT_ENCODER, ENCODERS
from segmodels.errors import SettingsError

ENCODER_WEIGHTS = ("imagenet", "none")
DEVICES = ("auto", "cpu", "cuda")
SMALLEST_SIDE_PX = 16
LONGEST_SIDE_PX = 4096

INTEGER_RANGES = {
    "epochs": (1, 10_000),
    "batch_size": (1, 512),
    "steps_per_epoch": (1, 1_000_000),
    "seed": (0, 2**31 - 1),
    "threads": (1, 1024),
}
NUMBER_RANGES = {
    "learning_rate": (1e-8, 1.0),
    "weight_decay": (0.0, 1.0),
    "encoder_rate_factor": (0.0, 10.0),
    "dice_weight": (0.0, 10.0),
    "class_balance": (0.0, 1.0),
    "warmup_fraction": (0.0, 0.9),
    "state_seconds": (0.0, 86_400.0),
}
OPTIONAL = ("steps_per_epoch", "threads")


@dataclass(frozen=True)
class ClassSpec:
    """A class the model is trained on; its place in the list of classes is its index."""

    name: str
    ignore: bool = False


@dataclass(frozen=True)
class TrainingSettings:
    """Everything that decides a run besides its data; raises SettingsError where a value cannot be used.

    `image_size` is (height, width) in px: images are resized to it for training and prediction, any size
    works. `steps_per_epoch` None means one pass over the images. `encoder_rate_factor` scales the learning
    rate of the pretrained encoder; `dice_weight` is added Dice loss beside cross-entropy of weight 1.
    `class_balance` 0 counts every pixel alike, 1 lets every class weigh about the same.
    `warmup_fraction` is the share of all steps with rising learning rate. `threads` None leaves torch's
    own number; `state_seconds` is the longest time between two resumable states within an epoch.
    """

    architecture: str = DEFAULT_ARCHITECTURE
    encoder: str = DEFAULT_ENCODER
    encoder_weights: str = "imagenet"
    image_size: tuple[int, int] = (256, 256)
    epochs: int = 20
    batch_size: int = 8
    steps_per_epoch: int | None = None
    learning_rate: float = 3e-3
    weight_decay: float = 1e-2
    encoder_rate_factor: float = 1.0
    dice_weight: float = 0.5
    class_balance: float = 0.5
    warmup_fraction: float = 0.1
    seed: int = 0
    augment: bool = True
    threads: int | None = None
    device: str = "auto"
    state_seconds: float = 30.0

    def __post_init__(self) -> None:
        _check_choice("architecture", self.architecture, ARCHITECTURE_CARDS)
        _check_choice("encoder", self.encoder, ENCODERS)
        _check_choice("encoder_weights", self.encoder_weights, ENCODER_WEIGHTS)
        _check_choice("device", self.device, DEVICES)
        object.__setattr__(self, "image_size", _checked_image_size(self.image_size))
        for name, (low, high) in INTEGER_RANGES.items():
            _check_integer(name, getattr(self, name), low, high)
        for name, (lowest, highest) in NUMBER_RANGES.items():
            object.__setattr__(self, name, _checked_number(name, getattr(self, name), lowest, highest))
        if not isinstance(self.augment, bool):
            raise SettingsError("augment", "must be true or false")

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Settings from a JSON object; fields left out keep their defaults, unknown ones are refused."""
        known = {field.name for field in fields(cls)}
        for name in values:
            if name not in known:
                raise SettingsError(str(name), f"unknown setting; known are {', '.join(sorted(known))}")
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object that `from_dict` takes back."""
        return asdict(self) | {"image_size": list(self.image_size)}


def _check_choice(name: str, value: object, choices: Mapping[str, Any] | tuple[str, ...]) -> None:
    if not isinstance(value, str) or value not in choices:
        raise SettingsError(name, f"{value!r} is not offered; choose one of {', '.join(choices)}")


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _check_integer(name: str, value: object, low: int, high: int) -> None:
    if value is None and name in OPTIONAL:
        return
    if not isinstance(value, int) or isinstance(value, bool):
        raise SettingsError(name, f"must be a whole number, not {value!r}")
    if not low <= value <= high:
        raise SettingsError(name, f"{value} is outside {low} to {high}")


def _checked_number(name: str, value: object, low: float, high: float) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise SettingsError(name, f"must be a number, not {value!r}")
    if not low <= value <= high:
        raise SettingsError(name, f"{value:g} is outside {low:g} to {high:g}")
    return float(value)


def _checked_image_size(value: object) -> tuple[int, int]:
    if not isinstance(value, list | tuple) or len(value) != 2 or not all(_is_integer(side) for side in value):
        raise SettingsError("image_size", f"must be [height, width] in whole px, not {value!r}")
    height, width = value
    if not all(SMALLEST_SIDE_PX <= side <= LONGEST_SIDE_PX for side in (height, width)):
        raise SettingsError(
            "image_size", f"{height}x{width} is outside {SMALLEST_SIDE_PX} to {LONGEST_SIDE_PX} px a side"
        )
    return height, width
