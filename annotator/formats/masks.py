"""Mask PNGs beside the images: class ids (semantic) or object numbers (instances).

Written: {train,val,test}/ or the top, each with images/, labels/ (class ids, 255 = unlabelled, as
palette PNG in the class colours) and, where there are objects, instances/ (16-bit numbers, 0 = none),
and classes.json at the top. Read: the same, and any folder of images with labels of the same stem.
"""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from annotator.formats.classtable import FILE_NAME, UNLABELLED_8_BIT, UNLABELLED_16_BIT, ClassTable
from annotator.formats.dataset import OpenDataset, ReadOptions
from annotator.formats.export import ArchiveNames, add_file, add_json, add_png, segments_in_use
from annotator.formats.folders import LABEL_FOLDERS, OBJECT_FOLDER, ImageFile, find_parts, loose_images
from annotator.formats.maskset import MaskSet, holds_objects, open_class_table
from annotator.formats.sample import ClassInfo, Sample
from annotator.imagefile import BadFile
from annotator.phrase import Phrase

MAX_8_BIT_CLASSES = 254


class MasksReader:
    """Reads masks of class ids or of object numbers; images without a mask come in unlabelled."""

    name = "masks"
    title = "Mask images"
    description = "images with PNG masks of the same stem: class ids, or one number per object (16-bit)"

    def open(self, root: Path, options: ReadOptions) -> OpenDataset:
        parts = find_parts(root)
        files = [file for part in parts for file in part.files]
        for path in loose_images(root):
            name = path.relative_to(root).as_posix()
            files.append(ImageFile(path, name, name, ""))
        if not files:
            raise BadFile(root.name, Phrase("no images were found"))
        table = open_class_table(root, options)
        objects = holds_objects(files, table, options)
        if table is None and not objects and options.with_labels and any(file.labels for file in files):
            raise BadFile(FILE_NAME, Phrase("missing, and the project has no classes to read the masks with"))
        table = table or ClassTable({}, declared=False)
        masks = MaskSet(root, table.with_objects(options.classes) if objects else table, options, objects)
        return OpenDataset(masks.classes, masks.entries(files), [r for part in parts for r in part.refused])


class MasksWriter:
    """Palette PNGs of class ids that any image viewer shows in the class colours."""

    name = "masks"
    title = "Mask images"
    description = (
        "images, a palette PNG of class ids each (255 = unlabelled; beyond 254 classes 16-bit grey and "
        "65535), object numbers as 16-bit PNG, classes.json"
    )

    def write(self, samples: Iterator[Sample], classes: list[ClassInfo], archive: zipfile.ZipFile) -> None:
        names = ArchiveNames()
        coding = _ClassCoding(classes)
        for sample in samples:
            path = names.claim(sample.name)
            part = f"{sample.split}/" if sample.split else ""
            add_file(archive, f"{part}images/{path}", sample.image, packed=False)
            if sample.label_map is None:
                continue
            values, objects = coding.masks(sample)
            mask = path.with_suffix(".png")
            add_png(archive, f"{part}{LABEL_FOLDERS[0]}/{mask}", values, coding.palette)
            if objects.any():
                add_png(archive, f"{part}{OBJECT_FOLDER}/{mask}", objects)
        add_json(archive, FILE_NAME, coding.table())


class _ClassCoding:
    """Which value a class has in the masks: its position in the project, from 0."""

    def __init__(self, classes: list[ClassInfo]):
        self.classes = {info.name: info for info in classes}
        self.value_of = {info.name: i for i, info in enumerate(classes)}
        self.is_8_bit = len(classes) <= MAX_8_BIT_CLASSES
        self.unlabelled = UNLABELLED_8_BIT if self.is_8_bit else UNLABELLED_16_BIT

    @property
    def palette(self) -> list[tuple[int, int, int]] | None:
        if not self.is_8_bit:
            return None
        colors = [info.rgb for info in self.classes.values()]
        return colors + [(0, 0, 0)] * (256 - len(colors))

    def masks(self, sample: Sample) -> tuple[np.ndarray, np.ndarray]:
        """Class ids (uint8 or uint16) and object numbers (uint16), both (H, W)."""
        assert sample.label_map is not None
        size = int(sample.label_map.max()) + 1
        values = np.full(size, self.unlabelled, np.uint8 if self.is_8_bit else np.uint16)
        objects = np.zeros(size, np.uint16)
        for segment in segments_in_use(sample, self.classes):
            values[segment.id] = self.value_of[segment.class_name]
            if self.classes[segment.class_name].kind == "thing":
                objects[segment.id] = segment.id
        return values[sample.label_map], objects[sample.label_map]

    def table(self) -> dict[str, object]:
        has_things = any(info.kind == "thing" for info in self.classes.values())
        rows = [
            {"id": i, "name": c.name, "rgb": list(c.rgb), "kind": c.kind, "ignore": c.ignore}
            for i, c in enumerate(self.classes.values())
        ]
        task = "panoptic" if has_things else "semantic"
        return {"task": task, "unlabelled": self.unlabelled, "classes": rows}
