"""Settings of one Mask R-CNN run: plain values, checked when made, without importing torch."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from segmodels.catalogue import DEFAULT_ENCODER, ENCODERS
from segmodels.errors import SettingsError

PYRAMID_LEVELS = 5
CHOICES: dict[str, tuple[str, ...]] = {
    "encoder": tuple(ENCODERS),
    "encoder_weights": ("imagenet", "none"),
    "optimiser": ("adamw", "sgd"),
    "device": ("auto", "cpu", "cuda"),
}
INTEGER_RANGES = {
    "pyramid_channels": (8, 1024),
    "head_features": (8, 4096),
    "min_size_px": (16, 4096),
    "max_size_px": (16, 16_384),
    "crop_px": (16, 4096),
    "detections_per_image": (1, 10_000),
    "min_object_px": (1, 1_000_000),
    "anchor_samples": (2, 4096),
    "proposal_samples": (2, 4096),
    "epochs": (1, 10_000),
    "steps_per_epoch": (1, 1_000_000),
    "batch_size": (1, 512),
    "seed": (0, 2**31 - 1),
    "threads": (1, 1024),
}
NUMBER_RANGES = {
    "score_threshold": (0.0, 1.0),
    "mask_threshold": (0.0, 1.0),
    "nms_threshold": (0.0, 1.0),
    "ignored_share": (0.0, 1.0),
    "learning_rate": (1e-8, 1.0),
    "weight_decay": (0.0, 1.0),
    "encoder_rate_factor": (0.0, 10.0),
    "warmup_fraction": (0.0, 0.9),
    "state_seconds": (0.0, 86_400.0),
}
BOOLEANS = ("freeze_norms", "augment", "quarter_turns")
OPTIONAL = ("steps_per_epoch", "threads", "freeze_norms")


@dataclass(frozen=True)
class InstanceSettings:
    """Everything that decides a run besides its data; raises SettingsError where a value cannot be used.

    Network: `anchor_sizes_px` is one side length per pyramid level (strides 4, 8, 16, 32, 64) and
    `anchor_ratios` height over width. `freeze_norms` keeps the encoder's batch norms at their loaded
    statistics, as small batches need; None does so where the encoder starts from ImageNet weights.

    Images: those whose shorter side is below `min_size_px` are enlarged to it, those whose longer side is
    above `max_size_px` shrunk to it, others keep their size. Training sees square windows of at most
    `crop_px`.

    Results: detections above `score_threshold` become segments, at most `detections_per_image` in one
    image, their masks cut at `mask_threshold`; what is left of one below `min_object_px` is dropped.

    Training: `anchor_samples` and `proposal_samples` are drawn per image for the losses; one that is a
    negative and covered by ignored pixels for more than `ignored_share` of its area is never drawn.
    `quarter_turns` are for pictures that have no up, such as micrographs.
    """

    encoder: str = DEFAULT_ENCODER
    encoder_weights: str = "imagenet"
    freeze_norms: bool | None = None
    pyramid_channels: int = 256
    head_features: int = 1024
    anchor_sizes_px: tuple[float, ...] = (32.0, 64.0, 128.0, 256.0, 512.0)
    anchor_ratios: tuple[float, ...] = (0.5, 1.0, 2.0)
    min_size_px: int = 256
    max_size_px: int = 1333
    crop_px: int = 512
    detections_per_image: int = 100
    score_threshold: float = 0.5
    mask_threshold: float = 0.5
    nms_threshold: float = 0.5
    min_object_px: int = 16
    anchor_samples: int = 256
    proposal_samples: int = 512
    ignored_share: float = 0.5
    epochs: int = 20
    steps_per_epoch: int | None = None
    batch_size: int = 4
    optimiser: str = "adamw"
    learning_rate: float = 5e-4
    weight_decay: float = 1e-2
    encoder_rate_factor: float = 0.3
    warmup_fraction: float = 0.1
    seed: int = 0
    augment: bool = True
    quarter_turns: bool = False
    threads: int | None = None
    device: str = "auto"
    state_seconds: float = 30.0

    def __post_init__(self) -> None:
        for name, choices in CHOICES.items():
            value = getattr(self, name)
            if value not in choices:
                raise SettingsError(name, f"{value!r} is not offered; choose one of {', '.join(choices)}")
        for name, (low, high) in INTEGER_RANGES.items():
            _check_number(name, getattr(self, name), low, high, int)
        for name, (lowest, highest) in NUMBER_RANGES.items():
            _check_number(name, getattr(self, name), lowest, highest, int | float)
        for name in BOOLEANS:
            value = getattr(self, name)
            if not isinstance(value, bool) and not (value is None and name in OPTIONAL):
                raise SettingsError(name, "must be true or false")
        object.__setattr__(self, "anchor_sizes_px", _checked_list("anchor_sizes_px", self.anchor_sizes_px, 1, 8192))
        object.__setattr__(self, "anchor_ratios", _checked_list("anchor_ratios", self.anchor_ratios, 0.01, 100))
        if len(self.anchor_sizes_px) != PYRAMID_LEVELS:
            raise SettingsError("anchor_sizes_px", f"must be {PYRAMID_LEVELS} sizes, one per pyramid level")
        if self.max_size_px < self.min_size_px:
            raise SettingsError("max_size_px", f"{self.max_size_px} is below min_size_px {self.min_size_px}")

    @property
    def norms_are_frozen(self) -> bool:
        return self.encoder_weights == "imagenet" if self.freeze_norms is None else self.freeze_norms

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
        lists = {"anchor_sizes_px": list(self.anchor_sizes_px), "anchor_ratios": list(self.anchor_ratios)}
        return asdict(self) | lists


def _check_number(name: str, value: object, low: float, high: float, kind: Any) -> None:
    if value is None and name in OPTIONAL:
        return
    if not isinstance(value, kind) or isinstance(value, bool) or not math.isfinite(value):
        raise SettingsError(name, f"must be a {'whole ' if kind is int else ''}number, not {value!r}")
    if not low <= value <= high:
        raise SettingsError(name, f"{value:g} is outside {low:g} to {high:g}")


def _checked_list(name: str, values: object, low: float, high: float) -> tuple[float, ...]:
    if not isinstance(values, list | tuple) or not values:
        raise SettingsError(name, f"must be a list of numbers, not {values!r}")
    for value in values:
        _check_number(name, value, low, high, int | float)
    return tuple(float(value) for value in values)
