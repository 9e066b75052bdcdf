"""What was measured of the backends on a machine, as plain values; importing it does not import torch."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from segmodels.phrase import as_json, from_json

MOST_MIOU_POINTS = 0.5


@dataclass(frozen=True)
class BackendFigures:
    """One backend beside eager: `speedup` is the median over rounds of eager's time by its own in that round.

    `miou_points` is its mIoU in per cent, `miou_difference` that less eager's; `same_pixels` is the share of
    pixels with eager's class. `warm_up_seconds` is what the first batch took, conversion included.
    Where it cannot run, `reason` says why and the figures are None.
    """

    name: str
    seconds_per_image: float | None = None
    speedup: float | None = None
    miou_points: float | None = None
    miou_difference: float | None = None
    same_pixels: float | None = None
    warm_up_seconds: float | None = None
    reason: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The JSON object that `from_dict` takes back; the reason keeps its parts."""
        return asdict(self) | {"reason": self.reason and as_json(self.reason)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        return cls(**{**values, "reason": values["reason"] and from_json(values["reason"])})

    @property
    def agrees(self) -> bool:
        return self.miou_difference is not None and abs(self.miou_difference) <= MOST_MIOU_POINTS


@dataclass(frozen=True)
class BackendChoice:
    """The backend kept, and what led to it: the processor, torch's threads, and the figures of all.

    `scored_against` is "labels", or "eager" where the images had none and eager's classes stand for them.
    """

    name: str
    processor: str
    threads: int
    image_size: tuple[int, int]
    batch_size: int
    images: int
    scored_against: str
    figures: tuple[BackendFigures, ...]

    def to_dict(self) -> dict[str, Any]:
        """The JSON object that `from_dict` takes back."""
        return asdict(self) | {
            "image_size": list(self.image_size),
            "figures": [figures.to_dict() for figures in self.figures],
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        figures = tuple(BackendFigures.from_dict(entry) for entry in values["figures"])
        return cls(**{**values, "image_size": tuple(values["image_size"]), "figures": figures})


def fastest(figures: tuple[BackendFigures, ...]) -> str:
    """The name of the fastest backend that agrees with eager, which agrees with itself."""
    return max((of for of in figures if of.agrees and of.speedup is not None), key=lambda of: of.speedup or 0).name
