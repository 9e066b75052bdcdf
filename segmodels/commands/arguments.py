"""Settings as command-line arguments: one per field, checked by the settings themselves."""

import argparse
import json
import re
from dataclasses import MISSING, Field, fields
from typing import Any

from segmodels.prediction_settings import PredictionSettings
from segmodels.settings import DEVICES

PREDICTION_HELP = {
    "mode": "resize: at the size of the training images; tiles: at the image's own resolution",
    "tile_size": "HxW px",
    "overlap": "share of a tile's side that neighbours have in common, 0 to 0.5",
    "flips": "averaged with the image as it is: horizontal,vertical,both",
    "margin": "true: also the lead of the first class over the second",
    "mc_samples": "runs with dropout switched on, for networks that have it",
    "seed": "of those runs",
}


def add_settings(parser: argparse.ArgumentParser, settings: type) -> None:
    """One `--argument` for each field of the dataclass `settings`."""
    for field in fields(settings):
        parser.add_argument(f"--{field.name.replace('_', '-')}", help=f"default: {_default(field)}")


def add_prediction_settings(parser: argparse.ArgumentParser, leave_out: tuple[str, ...] = ()) -> None:
    for field in fields(PredictionSettings):
        if field.name not in leave_out:
            default = "the model's image size" if field.name == "tile_size" else _default(field)
            text = f"{PREDICTION_HELP[field.name]}; default: {default}"
            parser.add_argument(f"--{field.name.replace('_', '-')}", help=text)


def given_settings(options: argparse.Namespace, settings: type) -> dict[str, Any]:
    """The settings given, read as JSON where they are (numbers, true, null), a size as HxW, lists with commas."""
    given: dict[str, Any] = {}
    for field in fields(settings):
        text = getattr(options, field.name, None)
        if text is not None:
            given[field.name] = _read(text, str(field.type).startswith("tuple["))
    return given


def add_device(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--device", choices=DEVICES, default="auto", help="default: auto, a GPU where there is one")


def size_of(text: str) -> tuple[int, int]:
    """(height, width) from HxW; raises ValueError."""
    height, width = text.split("x")
    return int(height), int(width)


def count_of(text: str) -> int:
    """A whole number of at least 1; raises ValueError."""
    if int(text) < 1:
        raise ValueError(text)
    return int(text)


def _read(text: str, is_list: bool) -> Any:
    if is_list and text == "null":
        return None
    try:
        return json.loads("[" + re.sub(r"(?<=\d)x(?=\d)", ",", text) + "]" if is_list else text)
    except json.JSONDecodeError:
        return text.split(",") if is_list else text


def _default(field: Field) -> str:
    default = field.default if field.default_factory is MISSING else field.default_factory()
    if isinstance(default, tuple):
        return "x".join(map(str, default)) or "none"
    return json.dumps(default) if isinstance(default, dict) else str(default)
