"""What a dataset format offers: a reader that lists and loads, a writer that streams."""

import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from annotator.formats.sample import ClassInfo, Sample, Split
from annotator.imagefile import BadFile

MaskValues = Literal["auto", "class", "instance"]


@dataclass(frozen=True)
class ReadOptions:
    """How to read a dataset.

    `classes` are the project's, in order; a class of the dataset with the same name (letter case
    aside) takes the project's name, colour, kind and ignore flag. `mask_values` says what the
    values of mask files are. The limits hold per file; tables are the JSON files of COCO.
    """

    classes: tuple[ClassInfo, ...] = ()
    mask_values: MaskValues = "auto"
    with_labels: bool = True
    max_pixels: int = 200_000_000
    max_image_bytes: int = 1 << 30
    max_table_bytes: int = 1 << 29


@dataclass(frozen=True)
class Entry:
    """One image of a dataset that has not been read yet."""

    name: str
    split: Split
    loader: Callable[["Entry"], Sample]

    def load(self) -> Sample:
        """Read and check the image and its label. Raises BadFile when the image is no good."""
        return self.loader(self)


@dataclass
class OpenDataset:
    """A listed dataset: its classes, its images in a stable order, and what was refused on the way."""

    classes: list[ClassInfo]
    entries: Sequence[Entry]
    refused: list[BadFile] = field(default_factory=list)


class DatasetReader(Protocol):
    name: str
    title: str
    description: str

    def open(self, root: Path, options: ReadOptions) -> OpenDataset:
        """List a dataset without decoding its images. Raises BadFile when nothing can be read."""


class DatasetWriter(Protocol):
    name: str
    title: str
    description: str

    def write(self, samples: Iterator[Sample], classes: list[ClassInfo], archive: zipfile.ZipFile) -> None:
        """Write samples one by one. Raises ValueError when a label map and its segments disagree."""
