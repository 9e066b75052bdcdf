"""Labelled images in a folder: `images/NAME.*`, `labels/NAME.png`, `classes.json`."""

import json
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from segmodels.data import IGNORE_INDEX
from segmodels.errors import DataError
from segmodels.settings import ClassSpec

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".webp")

# What Pillow raises on damaged files and on forms of pixels that it cannot convert; they share no base class.
DECODE_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    AttributeError,
    OverflowError,
    ZeroDivisionError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)


@dataclass(frozen=True)
class LabelFolder:
    """A folder's trained classes, and its samples: pixel value of a label file to class index, else -1."""

    classes: list[ClassSpec]
    samples: list["FileSample"]


@dataclass(frozen=True)
class FileSample:
    """One image file with its label file; `index_of_value` int16 (256,) maps label values."""

    name: str
    image_path: Path
    label_path: Path
    index_of_value: NDArray[np.int16]

    def image(self) -> NDArray[np.uint8]:
        return read_image(self.image_path)

    def target(self) -> NDArray[np.int16]:
        labels = _opened(self.label_path)
        if labels.mode not in ("L", "P", "1"):
            raise DataError(f"{self.label_path.name}: labels must be 8-bit grey or palette, not {labels.mode}")
        return self.index_of_value[np.asarray(labels, np.uint8)]


def read_image(path: Path) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 RGB in the EXIF-corrected frame; raises DataError naming the file.

    Grey of more than 8 bits is stretched from its own minimum and maximum to 0..255; transparency is laid
    over white.
    """
    image = _opened(path)
    try:
        return _as_rgb(ImageOps.exif_transpose(image))
    except DECODE_ERRORS as error:
        raise DataError(f"{path.name}: its pixels ({image.mode}) cannot be turned into RGB ({error})") from error


def _as_rgb(image: Image.Image) -> NDArray[np.uint8]:
    if image.mode.startswith("I") or image.mode == "F":
        image = Image.fromarray(_stretched(np.asarray(image)))
    elif image.mode in ("LA", "PA", "RGBA") or "transparency" in image.info:
        see_through = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", see_through.size, "white"), see_through)
    return np.asarray(image.convert("RGB"), np.uint8)


def _stretched(values: NDArray) -> NDArray[np.uint8]:
    grey = np.nan_to_num(values.astype(np.float32), posinf=0, neginf=0)
    low, high = float(grey.min()), float(grey.max())
    if high <= low:
        return np.zeros(grey.shape, np.uint8)
    return np.rint((grey - low) * (255 / (high - low))).astype(np.uint8)


def image_paths(folder: Path) -> list[Path]:
    """The image files of `folder` by name; raises DataError where there are none."""
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder")
    # A name that begins with a dot is the file system's own business, such as macOS' `._NAME.jpg`.
    found = sorted(
        path for path in folder.iterdir() if path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith(".")
    )
    if not found:
        raise DataError(f"{folder}: no images")
    return found


def uniquely_named(paths: list[Path]) -> list[Path]:
    """The paths; raises DataError where two differ in their suffix alone, since both would have the same labels."""
    first_of: dict[str, Path] = {}
    for path in paths:
        if first_of.setdefault(path.stem, path) is not path:
            raise DataError(f"{first_of[path.stem].name} and {path.name} would share their labels; rename one of them")
    return paths


def read_label_folder(folder: Path) -> LabelFolder:
    """Classes and samples of `folder`; `classes.json` lies there or one level up. Raises DataError."""
    classes, index_of_value = _read_classes(folder)
    samples = []
    for path in uniquely_named(image_paths(folder / "images")):
        label_path = folder / "labels" / f"{path.stem}.png"
        if not label_path.is_file():
            raise DataError(f"{path.name}: no label file {label_path}")
        samples.append(FileSample(path.name, path, label_path, index_of_value))
    return LabelFolder(classes, samples)


def _opened(path: Path) -> Image.Image:
    try:
        image = Image.open(path)
        image.load()
    except DECODE_ERRORS as error:
        raise DataError(f"{path.name}: cannot be read as an image ({error})") from error
    return image


def _read_classes(folder: Path) -> tuple[list[ClassSpec], NDArray[np.int16]]:
    path = next(
        (place / "classes.json" for place in (folder, folder.parent) if (place / "classes.json").is_file()),
        None,
    )
    if path is None:
        raise DataError(f"{folder}: no classes.json there or one level up")
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))["classes"]
        trained = [(int(entry["id"]), str(entry["name"])) for entry in entries if not entry.get("ignore", False)]
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise DataError(f"{path}: not a class list ({error})") from error
    index_of_value = np.full(256, IGNORE_INDEX, np.int16)
    for index, (value, name) in enumerate(trained):
        if not 0 <= value <= 255:
            raise DataError(f"{path}: the id {value} of {name} is outside 0..255")
        if index_of_value[value] != IGNORE_INDEX:
            raise DataError(f"{path}: {trained[index_of_value[value]][1]} and {name} have the same id {value}")
        index_of_value[value] = index
    return [ClassSpec(name) for _, name in trained], index_of_value
