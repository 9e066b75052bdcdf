"""How a trained model is run over images: plain values, checked when made, without importing torch."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, Self

from segmodels.errors import SettingsError
from segmodels.phrase import Phrase
from segmodels.value_checks import check_choice, check_flag, check_whole, checked_number, checked_size

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
        check_choice("mode", self.mode, MODES)
        if self.tile_size is not None:
            tile_size = checked_size("tile_size", self.tile_size, SMALLEST_TILE_PX, LARGEST_TILE_PX)
            object.__setattr__(self, "tile_size", tile_size)
        object.__setattr__(self, "overlap", checked_number("overlap", self.overlap, 0, LARGEST_OVERLAP))
        object.__setattr__(self, "flips", _checked_flips(self.flips))
        check_flag("margin", self.margin)
        check_whole("mc_samples", self.mc_samples, 0, MOST_MC_SAMPLES)
        check_whole("seed", self.seed, 0, 2**31 - 1)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Settings from a JSON object; fields left out keep their defaults, unknown ones are refused."""
        known = {field.name for field in fields(cls)}
        for name in values:
            if name not in known:
                raise SettingsError(
                    str(name), Phrase("unknown setting; known are {known}", known=", ".join(sorted(known)))
                )
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object that `from_dict` takes back."""
        tile_size = None if self.tile_size is None else list(self.tile_size)
        return asdict(self) | {"tile_size": tile_size, "flips": list(self.flips)}


def _checked_flips(value: object) -> tuple[Flip, ...]:
    if not isinstance(value, list | tuple) or not all(flip in FLIPS for flip in value):
        raise SettingsError(
            "flips", Phrase("must be a list out of {choices}, not {value}", choices=", ".join(FLIPS), value=repr(value))
        )
    if len(set(value)) < len(value):
        raise SettingsError("flips", Phrase("names a flip twice"))
    return tuple(value)
