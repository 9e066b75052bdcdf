"""The labelled images of a snapshot, as segmodels learns from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from annotator import storage
from annotator.imagefile import read_rgb
from annotator.labelmap import LARGEST_ID, LabelTiff, SegmentRow
from annotator.models import Image, LabelClass, Snapshot, SnapshotItem

if TYPE_CHECKING:
    from segmodels.instances.data import ObjectMap

EXCLUDED = -1


@dataclass(frozen=True)
class SnapshotClasses:
    """Which classes of a snapshot a model learns, by their indices, and which it must leave alone.

    A model that labels pixels learns all but the ignored classes. One that finds objects learns the things
    among them; the other classes are background to it.
    """

    learned: Sequence[SegmentRow]
    ignored: frozenset[int]

    @classmethod
    def of(cls, snapshot: Snapshot, task: str) -> "SnapshotClasses":
        counted = [row for row in snapshot.classes if not row["ignore"]]
        if task == "instance":
            counted = [row for row in counted if row["kind"] == LabelClass.Kind.THING]
        return cls(counted, frozenset(row["id"] for row in snapshot.classes if row["ignore"]))

    @property
    def index_of_class(self) -> dict[int, int]:
        return {row["id"]: index for index, row in enumerate(self.learned)}


@dataclass(frozen=True)
class SnapshotSample:
    """One image of a snapshot with the labels that it had then."""

    item: SnapshotItem
    classes: SnapshotClasses

    @property
    def name(self) -> str:
        return self.item.image.name

    def image(self) -> NDArray[np.uint8]:
        """(H, W, 3) uint8, EXIF applied."""
        return read_rgb(storage.get(self.item.image.file_key), name=self.name)

    def target(self) -> NDArray[np.int16]:
        """(H, W) int16: index of the class, -1 where unlabelled or ignored."""
        return class_indices(self._labels(), self.classes.index_of_class)

    def objects(self) -> "ObjectMap":
        """The objects of the learned classes; unlabelled pixels and ignored classes count as neither."""
        from segmodels.instances.data import LabelledSegment, ObjectMap

        labels, index = self._labels(), self.classes.index_of_class
        segments = [
            LabelledSegment(row["id"], index.get(row["class"]), is_ignored=row["class"] in self.classes.ignored)
            for row in labels.segments
        ]
        return ObjectMap.from_segments(labels.array(), segments)

    def _labels(self) -> LabelTiff:
        return LabelTiff.from_bytes(storage.get(self.item.revision.label_key))


def snapshot_samples(snapshot: Snapshot, classes: SnapshotClasses) -> dict[str, list[SnapshotSample]]:
    """The samples by split, in the order of their images."""
    found: dict[str, list[SnapshotSample]] = {split: [] for split in Image.Split.values}
    for item in snapshot.items.select_related("image", "revision").order_by("image_id"):
        found[item.split].append(SnapshotSample(item, classes))
    return found


def class_indices(labels: LabelTiff, index_of_class: Mapping[int, int]) -> NDArray[np.int16]:
    """(H, W) int16 of class indices; -1 for unlabelled pixels and classes that are not in the mapping."""
    table = np.full(LARGEST_ID + 1, EXCLUDED, np.int16)
    for segment in labels.segments:
        table[segment["id"]] = index_of_class.get(segment["class"], EXCLUDED)
    return table[labels.array()]
