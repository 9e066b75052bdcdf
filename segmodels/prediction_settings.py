"""How a trained model is run over images: plain values, checked when made, without importing torch."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, Self

from segmodels.errors import SettingsError

MODES = ("resize", "tiles")
FLIPS = ("horizontal", "vertical", "both")
SMALLEST_TILE_PX = 16
LARGEST_TILE_PX = 4096
LARGEST_OVERLAP = 0.5
MOST_MC_SAMPLES = 100

Flip = Literal["horizontal", "vertical", "both"]


@dataclass(frozen=True)
class PredictionSettings:
    """Raises SettingsError where a value cannot be used.

    `mode` "resize" brings the image to the size of the training images and the result back; "tiles" runs
    over the image at its own resolution in tiles of `tile_size` (height, width in px; None is the model's
    image size) that share `overlap` of their side with each neighbour, for models trained on crops or on
    images of that scale. `flips` are averaged with the image as it is. `margin` adds the lead of the first
    class over the second. `mc_samples` above 0 runs the network that often with its dropout switched on
    (Gal and Ghahramani, 2016), drawn from `seed`, and adds the mutual information of class and weights.
    """

    mode: Literal["resize", "tiles"] = "resize"
    tile_size: tuple[int, int] | None = None
    overlap: float = 0.25
    flips: tuple[Flip, ...] = ()
    margin: bool = False
    mc_samples: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise SettingsError("mode", f"{self.mode!r} is not offered; choose one of {', '.join(MODES)}")
        if self.tile_size is not None:
            object.__setattr__(self, "tile_size", _checked_tile_size(self.tile_size))
        object.__setattr__(self, "overlap", _checked_overlap(self.overlap))
        object.__setattr__(self, "flips", _checked_flips(self.flips))
        if not isinstance(self.margin, bool):
            raise SettingsError("margin", "must be true or false")
        _check_whole("mc_samples", self.mc_samples, MOST_MC_SAMPLES)
        _check_whole("seed", self.seed, 2**31 - 1)

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
        tile_size = None if self.tile_size is None else list(self.tile_size)
        return asdict(self) | {"tile_size": tile_size, "flips": list(self.flips)}


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _check_whole(name: str, value: object, high: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise SettingsError(name, f"must be a whole number, not {value!r}")
    if not 0 <= value <= high:
        raise SettingsError(name, f"{value} is outside 0 to {high}")


def _checked_tile_size(value: object) -> tuple[int, int]:
    if not isinstance(value, list | tuple) or len(value) != 2 or not all(_is_whole(side) for side in value):
        raise SettingsError("tile_size", f"must be [height, width] in whole px, not {value!r}")
    height, width = value
    if not all(SMALLEST_TILE_PX <= side <= LARGEST_TILE_PX for side in (height, width)):
        raise SettingsError(
            "tile_size", f"{height}x{width} is outside {SMALLEST_TILE_PX} to {LARGEST_TILE_PX} px a side"
        )
    return height, width


def _checked_overlap(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise SettingsError("overlap", f"must be a number, not {value!r}")
    if not 0 <= value <= LARGEST_OVERLAP:
        raise SettingsError("overlap", f"{value:g} is outside 0 to {LARGEST_OVERLAP:g}")
    return float(value)


def _checked_flips(value: object) -> tuple[Flip, ...]:
    if not isinstance(value, list | tuple) or not all(flip in FLIPS for flip in value):
        raise SettingsError("flips", f"must be a list out of {', '.join(FLIPS)}, not {value!r}")
    if len(set(value)) < len(value):
        raise SettingsError("flips", "names a flip twice")
    return tuple(value)
