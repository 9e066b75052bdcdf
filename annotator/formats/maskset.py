"""Images with mask files beside them, read one at a time: what camvid and masks have in common."""

from dataclasses import dataclass, replace
from pathlib import Path

from annotator.formats.classtable import (
    FILE_NAME,
    ClassTable,
    read_class_table,
    table_from_project,
)
from annotator.formats.dataset import Entry, ReadOptions
from annotator.formats.folders import ImageFile, entry_names, find_file, load_image, relative_name
from annotator.formats.labelfile import (
    Labels,
    labels_from_classes,
    labels_from_instances,
    labels_from_objects,
    read_mask,
)
from annotator.formats.sample import ClassInfo, Sample, Split
from annotator.imagefile import BadFile, open_image
from annotator.phrase import said

MASKS_TO_PROBE = 100


@dataclass(frozen=True)
class MaskSet:
    """How the masks of one dataset are read."""

    root: Path
    table: ClassTable
    options: ReadOptions
    holds_objects: bool = False

    @property
    def classes(self) -> list[ClassInfo]:
        """The table's classes, and the one that objects need where the table has none for them."""
        classes = self.table.classes
        if self.holds_objects and self.options.with_labels and self.table.object_class not in classes:
            classes.append(self.table.object_class)
        return classes

    def entries(self, files: list[ImageFile], splits: list[Split] | None = None) -> list[Entry]:
        """One entry per file, with the split of its folder unless `splits` says otherwise."""
        rows = zip(entry_names(files), splits or [f.split for f in files], files, strict=True)
        return [Entry(name, split, _Loader(self, file)) for name, split, file in rows]

    def load(self, file: ImageFile, entry: Entry) -> Sample:
        sample = load_image(file.path, entry, self.options)
        if file.labels is None or not self.options.with_labels:
            return sample
        try:
            labels = self._labels(file.labels, file, sample)
        except BadFile as problem:
            return replace(sample, label_problem=said(problem))
        return replace(sample, label_map=labels.label_map, segments=labels.segments)

    def _labels(self, mask: Path, file: ImageFile, sample: Sample) -> Labels:
        name = relative_name(mask, self.root)
        size = {"width": sample.width, "height": sample.height}
        values = read_mask(mask, name=name, **size)
        if self.holds_objects:
            return labels_from_instances(values, self.table.object_class, self.table.background, name=name)
        if file.objects is not None:
            objects_name = relative_name(file.objects, self.root)
            objects = read_mask(file.objects, name=objects_name, **size)
            return labels_from_objects(values, objects, self.table, name=name)
        return labels_from_classes(values, self.table, name=name)


@dataclass(frozen=True)
class _Loader:
    masks: MaskSet
    file: ImageFile

    def __call__(self, entry: Entry) -> Sample:
        return self.masks.load(self.file, entry)


def holds_objects(files: list[ImageFile], table: ClassTable | None, options: ReadOptions) -> bool:
    """Whether mask values number objects: as asked, by the task of classes.json, else if of 16 bits."""
    if options.mask_values != "auto":
        return options.mask_values == "instance"
    if table is not None and table.task:
        return table.task.startswith("instance")
    masks = [file.labels for file in files if file.labels is not None]
    return any(_has_16_bits(mask) for mask in masks[:MASKS_TO_PROBE])


def _has_16_bits(mask: Path) -> bool:
    try:
        with open_image(mask, name=mask.name, max_pixels=None) as image:
            return image.mode.startswith("I")
    except BadFile:
        return False  # a damaged mask is reported when its image is loaded


def open_class_table(root: Path, options: ReadOptions) -> ClassTable | None:
    """classes.json of the dataset, else the project's classes by position, else None. Raises BadFile."""
    path = find_file(root, FILE_NAME)
    if path is not None:
        return read_class_table(path, name=relative_name(path, root), project=options.classes)
    return table_from_project(options.classes) if options.classes else None
