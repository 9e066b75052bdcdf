"""Images with one mask per object in a folder: `images/NAME.*`, `labels/NAME.png`, `classes.json`."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from segmodels.errors import DataError
from segmodels.folders import image_paths, read_image, uniquely_named
from segmodels.instances.data import LabelledSegment, ObjectMap
from segmodels.settings import ClassSpec


@dataclass(frozen=True)
class InstanceClasses:
    """The thing classes, whether 0 is labelled background, and the value of ignored pixels, if there is one."""

    things: list[ClassSpec]
    zero_is_background: bool
    ignored_value: int | None


@dataclass(frozen=True)
class InstanceFolder:
    classes: list[ClassSpec]
    samples: list["InstanceFile"]


@dataclass(frozen=True)
class InstanceFile:
    """One image file with its label file; with several classes, `labels/NAME.json` says which object is which."""

    name: str
    image_path: Path
    label_path: Path
    classes: InstanceClasses

    def image(self) -> NDArray[np.uint8]:
        return read_image(self.image_path)

    def objects(self) -> ObjectMap:
        values = _read_values(self.label_path)
        present = [int(value) for value in np.unique(values)]
        listed = self._listed_segments(present)
        if not self.classes.zero_is_background:
            return ObjectMap.from_segments(values, listed)
        # The highest id is free in any map that numbers its objects; 0 would read as unlabelled.
        background = (1 << 16) - 1
        if background in present:
            raise DataError(f"{self.label_path.name}: objects are numbered up to {background - 1}, not {background}")
        shown = np.where(values == 0, np.uint16(background), values)
        return ObjectMap.from_segments(shown, [*listed, LabelledSegment(background, None)])

    def _listed_segments(self, present: list[int]) -> list[LabelledSegment]:
        path = self.label_path.with_suffix(".json")
        if not path.is_file():
            if len(self.classes.things) > 1:
                raise DataError(f"{path.name}: missing; with several classes it lists the segments")
            return [
                LabelledSegment(value, 0, is_ignored=value == self.classes.ignored_value) for value in present if value
            ]
        index = {spec.name: place for place, spec in enumerate(self.classes.things)}
        try:
            entries = json.loads(path.read_text())["segments"]
            return [_segment(entry, index) for entry in entries]
        except (json.JSONDecodeError, KeyError, TypeError, ValueError) as error:
            raise DataError(f"{path.name}: not a list of segments ({error})") from error


def read_instance_folder(folder: Path) -> InstanceFolder:
    """Thing classes and samples of `folder`; `classes.json` lies there or one level up. Raises DataError."""
    classes = _read_classes(folder)
    samples = []
    for path in uniquely_named(image_paths(folder / "images")):
        label_path = folder / "labels" / f"{path.stem}.png"
        if not label_path.is_file():
            raise DataError(f"{path.name}: no label file {label_path}")
        samples.append(InstanceFile(path.name, path, label_path, classes))
    return InstanceFolder(classes.things, samples)


def _segment(entry: dict[str, Any], index: dict[str, int]) -> LabelledSegment:
    """A class that is not a thing is stuff."""
    ignored = bool(entry.get("crowd", False) or entry.get("ignore", False))
    return LabelledSegment(int(entry["id"]), index.get(str(entry["class"])), ignored)


def _read_values(path: Path) -> NDArray[np.uint16]:
    try:
        with Image.open(path) as image:
            values = np.asarray(image)
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
        raise DataError(f"{path.name}: cannot be read as an image ({error})") from error
    if values.ndim != 2 or values.min() < 0 or values.max() >= 1 << 16:
        raise DataError(f"{path.name}: labels must be one channel of 8 or 16 bits")
    return values.astype(np.uint16)


def _read_classes(folder: Path) -> InstanceClasses:
    path = next(
        (place / "classes.json" for place in (folder, folder.parent) if (place / "classes.json").is_file()), None
    )
    if path is None:
        raise DataError(f"{folder}: no classes.json there or one level up")
    try:
        described = json.loads(path.read_text())
        entries = [(int(entry["id"]), str(entry["name"]), entry) for entry in described["classes"]]
        ignored = described.get("ignore")
        ignored_value = int(ignored["id"]) if ignored else None
    except (json.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataError(f"{path}: not a class list ({error})") from error
    things = [
        ClassSpec(name)
        for value, name, entry in entries
        if value != 0 and entry.get("kind", "thing") == "thing" and not entry.get("ignore", False)
    ]
    if not things:
        raise DataError(f"{path}: no thing class")
    return InstanceClasses(things, any(value == 0 for value, _, _ in entries), ignored_value)
