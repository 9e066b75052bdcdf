"""Checks of single settings, each raising SettingsError with the field's name and what is wrong."""

import math
from collections.abc import Collection

from segmodels.errors import SettingsError
from segmodels.phrase import Phrase


def check_choice(name: str, value: object, choices: Collection[str]) -> None:
    if not isinstance(value, str) or value not in choices:
        raise SettingsError(
            name,
            Phrase("{value} is not offered; choose one of {choices}", value=repr(value), choices=", ".join(choices)),
        )


def check_whole(name: str, value: object, low: int, high: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise SettingsError(name, Phrase("must be a whole number, not {value}", value=repr(value)))
    if not low <= value <= high:
        raise SettingsError(name, Phrase("{value} is outside {low} to {high}", value=value, low=low, high=high))


def check_flag(name: str, value: object) -> None:
    if not isinstance(value, bool):
        raise SettingsError(name, Phrase("must be true or false"))


def checked_number(name: str, value: object, low: float, high: float) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise SettingsError(name, Phrase("must be a number, not {value}", value=repr(value)))
    if not low <= value <= high:
        raise SettingsError(name, Phrase("{value:g} is outside {low:g} to {high:g}", value=value, low=low, high=high))
    return float(value)


def checked_size(name: str, value: object, smallest_px: int, largest_px: int) -> tuple[int, int]:
    """(height, width) out of a list or tuple."""
    if not isinstance(value, list | tuple) or len(value) != 2 or not all(_is_whole(side) for side in value):
        raise SettingsError(name, Phrase("must be [height, width] in whole px, not {value}", value=repr(value)))
    height, width = value
    if not all(smallest_px <= side <= largest_px for side in (height, width)):
        raise SettingsError(
            name,
            Phrase(
                "{height}x{width} is outside {smallest_px} to {largest_px} px a side",
                height=height,
                width=width,
                smallest_px=smallest_px,
                largest_px=largest_px,
            ),
        )
    return height, width


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
