"""The one shape in which images and labels cross the border of a dataset format."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from annotator.imagefile import ImageInfo

Kind = Literal["stuff", "thing"]
Split = Literal["", "train", "val", "test"]


@dataclass(frozen=True)
class ClassInfo:
    """A label class; `color` is "#rrggbb"; `ignore` marks void: labelled, but never learned or scored."""

    name: str
    color: str
    kind: Kind = "stuff"
    ignore: bool = False

    @property
    def rgb(self) -> tuple[int, int, int]:
        value = int(self.color.removeprefix("#"), 16)
        return value >> 16, value >> 8 & 255, value & 255


@dataclass(frozen=True)
class SampleSegment:
    """A row of the segment table; `id` is 1..65535 and names pixels of the label map."""

    id: int
    class_name: str
    source: str = "human"
    score: float | None = None
    crowd: bool = False


@dataclass(frozen=True, eq=False)
class Sample:
    """One image with its label map.

    `name` is a relative posix path, unique in the dataset; `image` the bytes of the original file.
    `label_map` is uint16 (height, width) in the EXIF-corrected frame, 0 = unlabelled, or None when
    there is no label. `label_problem` says what of a label could not be taken and why: the image is
    good all the same, and `label_map` holds what was readable (None when nothing was). `note` says
    what the conversion could not keep although nothing was wrong. `info` is set by readers.
    """

    name: str
    split: Split
    image: bytes
    width: int
    height: int
    label_map: np.ndarray | None = None
    segments: tuple[SampleSegment, ...] = ()
    label_problem: str = ""
    note: str = ""
    info: ImageInfo | None = None

    def __post_init__(self):
        if self.label_map is None:
            return
        if self.label_map.dtype != np.uint16 or self.label_map.shape != (self.height, self.width):
            raise ValueError(f"{self.name}: a label map is uint16 of ({self.height}, {self.width})")
