"""`predict`: a PNG label map for each image of a folder."""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from segmodels.backends.backend import Backend
from segmodels.checkpoints import SegmentationModel, load_model
from segmodels.commands.arguments import add_device, add_prediction_settings, given_settings
from segmodels.commands.backend_option import MEASURED_IMAGES, add_backend, opened_backend, spread
from segmodels.commands.image_batches import in_batches
from segmodels.commands.progress import ProgressLine
from segmodels.commands.result_files import write_result
from segmodels.data import IGNORE_INDEX
from segmodels.errors import DataError, SettingsError
from segmodels.folders import image_paths, read_image
from segmodels.inference import predict
from segmodels.instances.prediction import predict_instances
from segmodels.prediction import PixelPrediction, SegmentedImage
from segmodels.prediction_settings import PredictionSettings

MOST_CLASSES = 256
NAMED_FAILURES = 20
UNCERTAINTIES = (".entropy", ".margin", ".mutual_information")

ReadImage = tuple[Path, NDArray[np.uint8]]


def add_predict(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser("predict", help="write a label map for each image of a folder")
    command.add_argument("model", type=Path)
    command.add_argument("images", type=Path)
    command.add_argument(
        "--out", type=Path, required=True,
        help="folder for the PNGs: the class index of each pixel; of objects a 16-bit map, segments in NAME.json",
    )  # fmt: skip
    command.add_argument(
        "--uncertainty", action="store_true",
        help="also write 8-bit grey maps, 255 the most: NAME.entropy.png, and .margin and .mutual_information where "
        "the settings ask for them",
    )  # fmt: skip
    add_prediction_settings(command)
    add_backend(command)
    add_device(command)
    command.set_defaults(run=run_predict)


def run_predict(options: argparse.Namespace) -> None:
    """Images that cannot be read are named at the end, when all others are done."""
    settings = PredictionSettings.from_dict(given_settings(options, PredictionSettings))
    if settings.margin and not options.uncertainty:
        raise SettingsError("margin", "is written with the maps of uncertainty; add --uncertainty")
    model = load_model(options.model, options.device)
    if model.settings.task != "instance" and len(model.classes) > MOST_CLASSES:
        raise DataError(f"{options.model.name} has {len(model.classes)} classes; 8-bit masks hold {MOST_CLASSES}")
    paths = image_paths(options.images)
    check_output(paths, options.images, options.out, options.uncertainty)
    options.out.mkdir(parents=True, exist_ok=True)
    unreadable: list[str] = []
    with ProgressLine("predicting image", len(paths)) as progress:
        backend = opened_backend(options.backend, model, settings, lambda: UnlabelledFile.spread_over(paths), progress)
        read = readable_images(paths, unreadable)
        for batch in in_batches(read, model.settings.batch_size, lambda item: item[1]):
            results = predict_batch(model, [image for _, image in batch], settings, backend)
            for (path, _), result in zip(batch, results, strict=True):
                write_result(options.out, path.stem, result, model, options.uncertainty)
            progress.advance(len(batch))
    if unreadable:
        raise DataError(failure_text(unreadable, len(paths)))


def predict_batch(
    model: SegmentationModel, images: Sequence[NDArray[np.uint8]], settings: PredictionSettings, backend: Backend
) -> Sequence[PixelPrediction | SegmentedImage]:
    """One result per image, of the kind of the model."""
    if model.settings.task == "instance":
        return predict_instances(model, images, settings)
    return predict(model, images, settings=settings, backend=backend)


def readable_images(paths: Sequence[Path], unreadable: list[str]) -> Iterator[ReadImage]:
    """Each image that can be read, one in memory at a time; the others' reasons go to `unreadable`."""
    for path in paths:
        try:
            yield path, read_image(path)
        except DataError as error:
            unreadable.append(str(error))


def failure_text(unreadable: Sequence[str], total: int) -> str:
    listed = "".join(f"\n  - {reason}" for reason in unreadable[:NAMED_FAILURES])
    more = len(unreadable) - NAMED_FAILURES
    return f"{len(unreadable)} of {total} images are not predicted:{listed}" + (
        f"\n  and {more} more" if more > 0 else ""
    )


def check_output(paths: Sequence[Path], images: Path, out: Path, with_uncertainty: bool) -> None:
    """Raise DataError where results would overwrite images or each other."""
    if out.resolve() == images.resolve():
        raise DataError(f"{out} holds the images, which the results would overwrite; choose another folder for --out")
    first_of: dict[str, Path] = {}
    for path in paths:
        for kind in ("", *UNCERTAINTIES) if with_uncertainty else ("",):
            name = f"{path.stem}{kind}.png"
            other = first_of.setdefault(name, path)
            if other is not path:
                raise DataError(f"{other.name} and {path.name} would both become {name}; rename one of them")


@dataclass(frozen=True)
class UnlabelledFile:
    """An image file as a sample without a labelled pixel."""

    name: str
    path: Path

    @classmethod
    def spread_over(cls, paths: Sequence[Path]) -> list["UnlabelledFile"]:
        """As many of `paths` as a backend is chosen by, less those that cannot be read."""
        return [cls(path.name, path) for path, _ in readable_images(spread(paths, MEASURED_IMAGES), [])]

    def image(self) -> NDArray[np.uint8]:
        return read_image(self.path)

    def target(self) -> NDArray[np.int16]:
        return np.full(self.image().shape[:2], IGNORE_INDEX, np.int16)
