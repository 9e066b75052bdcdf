"""`--backend NAME|auto`: what runs the network of a command."""

import argparse
from collections.abc import Callable, Sequence
from typing import TypeVar

from segmodels.backends.choice import choose_backend
from segmodels.backends.figures import BackendChoice
from segmodels.backends.registry import BACKENDS, Backend, candidates, open_backend
from segmodels.checkpoints import SegmentationModel
from segmodels.commands.progress import ProgressLine
from segmodels.data import TrainingSample
from segmodels.errors import SettingsError
from segmodels.prediction_settings import PredictionSettings

AUTO = "auto"
EAGER = "eager"
MEASURED_IMAGES = 16

Item = TypeVar("Item")


def add_backend(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--backend", choices=(AUTO, *BACKENDS), default=EAGER,
        help=f"what runs the network, default: {EAGER}; {AUTO} measures those worth it on the images and keeps the "
        f"fastest that agrees with {EAGER}",
    )  # fmt: skip


def opened_backend(
    name: str,
    model: SegmentationModel,
    settings: PredictionSettings,
    samples: Callable[[], Sequence[TrainingSample]],
    progress: ProgressLine,
) -> Backend:
    """The backend asked for, ready to run; `samples` are what `auto` measures on.

    Raises SettingsError where this kind of model has no such backend, BackendUnavailable where it cannot run.
    """
    if model.settings.task == "instance" and name not in (AUTO, EAGER):
        raise SettingsError("backend", f"{model.settings.architecture} runs on {EAGER} alone")
    if name != AUTO:
        return open_backend(name, model)
    if model.settings.task == "instance" or settings.mc_samples:
        progress.say(f"backend: {EAGER}, the only one for this")
        return open_backend(EAGER, model)
    choice, backend = choose_backend(model, spread(samples(), MEASURED_IMAGES), candidates(model))
    progress.say(f"backend: {kept_line(choice)}")
    return backend


def spread(items: Sequence[Item], most: int) -> list[Item]:
    """Up to `most` of the items, evenly spread over them."""
    count = min(len(items), most)
    return [items[index * len(items) // count] for index in range(count)]


def kept_line(choice: BackendChoice) -> str:
    """Which backend was kept and why, in one line."""
    kept = next(figures for figures in choice.figures if figures.name == choice.name)
    return f"{kept.name}, {kept.speedup:.2f} times {EAGER}'s speed, mIoU {kept.miou_difference:+.2f} points"
