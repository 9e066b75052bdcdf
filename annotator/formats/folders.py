"""Datasets laid out in folders: images beside labels, in parts (train, val, test) or in one.

A part is a folder that holds `images`; `labels` beside it has a mask of the same stem for each
image, `instances` optionally numbers the objects.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from annotator.formats.dataset import Entry, ReadOptions
from annotator.formats.sample import Sample, Split
from annotator.imagefile import IMAGE_SUFFIXES, BadFile, inspect_image
from annotator.phrase import Phrase

LABEL_FOLDERS = ("labels", "masks")
OBJECT_FOLDER = "instances"
MASK_SUFFIXES = frozenset({".png", ".tif", ".tiff", ".bmp"})
SPLITS: dict[str, Split] = {
    "train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val",
    "test": "test", "testing": "test",
}  # fmt: skip


@dataclass(frozen=True)
class ImageFile:
    """An image of a folder dataset and the masks that belong to it."""

    path: Path
    short_name: str  # posix path from the images folder
    long_name: str  # with the folder of the part before it
    split: Split
    labels: Path | None = None
    objects: Path | None = None


@dataclass
class Part:
    """One images folder with what stands beside it."""

    folder: Path
    files: list[ImageFile] = field(default_factory=list)
    refused: list[BadFile] = field(default_factory=list)


def find_parts(root: Path) -> list[Part]:
    """Every folder under `root` (itself included) that holds an `images` folder, in stable order."""
    parts = []
    for here, folders, _ in walk(root):
        if "images" in folders:
            parts.append(_read_part(root, Path(here)))
            folders[:] = [f for f in folders if f not in ("images", OBJECT_FOLDER, *LABEL_FOLDERS)]
    return parts


def find_file(root: Path, file_name: str) -> Path | None:
    """The shallowest file of that name under `root`; above it when `root` is itself a part."""
    for here, _, files in sorted(walk(root), key=lambda step: len(Path(step[0]).parts)):
        if file_name in files:
            return Path(here) / file_name
    above = root.absolute().parent / file_name
    return above if split_of(root) and above.is_file() else None


def loose_images(root: Path) -> Iterator[Path]:
    """Image files that stand in no images, labels or instances folder, in stable order."""
    taken = {"images", OBJECT_FOLDER, *LABEL_FOLDERS}
    for path in image_paths(root):
        if not taken & set(path.relative_to(root).parts[:-1]):
            yield path


def image_paths(root: Path) -> Iterator[Path]:
    """Every file under `root` whose suffix is one of an image, in stable order."""
    for here, _, files in walk(root):
        for file in files:
            if os.path.splitext(file)[1].lower() in IMAGE_SUFFIXES:
                yield Path(here) / file


def walk(root: Path) -> Iterator[tuple[str, list[str], list[str]]]:
    """os.walk in sorted order, without hidden and desktop folders."""
    for here, folders, files in os.walk(root):
        folders[:] = sorted(f for f in folders if not f.startswith(".") and f != "__MACOSX")
        yield here, folders, sorted(f for f in files if not f.startswith("."))


def split_of(folder: Path) -> Split:
    return SPLITS.get(folder.absolute().name.casefold(), "")


def relative_name(path: Path, root: Path) -> str:
    """How a file is called in reports: its path from the dataset's root."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name


def entry_names(files: list[ImageFile]) -> list[str]:
    """A unique name per image: short ones, unless parts repeat a name."""
    short = [f.short_name for f in files]
    return short if len(set(short)) == len(short) else [f.long_name for f in files]


def load_image(path: Path, entry: Entry, options: ReadOptions) -> Sample:
    """The image of an entry, checked, without a label. Raises BadFile."""
    try:
        if path.stat().st_size > options.max_image_bytes:
            raise BadFile(entry.name, Phrase("larger than {most:,} bytes", most=options.max_image_bytes))
        data = path.read_bytes()
    except OSError as error:
        raise BadFile(entry.name, Phrase("the file cannot be read ({reason})", reason=error.strerror)) from error
    info = inspect_image(data, name=entry.name, max_pixels=options.max_pixels)
    return Sample(entry.name, entry.split, data, info.width, info.height, info=info)


def _read_part(root: Path, holder: Path) -> Part:
    part = Part(holder)
    labels = next((holder / name for name in LABEL_FOLDERS if (holder / name).is_dir()), None)
    label_of = _by_stem(labels)
    objects_of = _by_stem(holder / OBJECT_FOLDER)
    owner: dict[str, Path] = {}
    for path in image_paths(holder / "images"):
        relative = path.relative_to(holder / "images")
        stem = relative.with_suffix("").as_posix()
        if stem in owner and stem in label_of:
            reason = Phrase("{other} has the same stem, so their labels cannot be told apart", other=owner[stem].name)
            part.refused.append(BadFile(relative_name(path, root), reason))
            continue
        owner[stem] = path
        long_name = (holder.relative_to(root) / relative).as_posix()
        # Some tools put the parts inside: images/train, labels/train.
        split = split_of(holder) or (split_of(Path(relative.parts[0])) if len(relative.parts) > 1 else "")
        masks = label_of.get(stem), objects_of.get(stem)
        part.files.append(ImageFile(path, relative.as_posix(), long_name, split, *masks))
    for stem in sorted(label_of.keys() - owner.keys()):
        name = relative_name(label_of[stem], root)
        part.refused.append(BadFile(name, Phrase("a mask without an image of this name")))
    return part


def _by_stem(folder: Path | None) -> dict[str, Path]:
    if folder is None or not folder.is_dir():
        return {}
    masks = (p for p in image_paths(folder) if p.suffix.lower() in MASK_SUFFIXES)
    return {p.relative_to(folder).with_suffix("").as_posix(): p for p in masks}
