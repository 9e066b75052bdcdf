"""COCO JSON, written: instances and panoptic. Format: https://cocodataset.org/#format-data.

Each archive holds images/ and one table; an image row has its part (train, val, test) as "split".
Category ids are positions in the project's class list, from 1. Classes flagged ignore are COCO's
void: no category, no annotation, id 0 in panoptic masks.
"""

import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from annotator.formats.export import ArchiveNames, add_file, add_json, add_png, segments_in_use
from annotator.formats.rle import area, bounding_box, encode_segments, to_rle
from annotator.formats.sample import ClassInfo, Sample, SampleSegment

Region = tuple[SampleSegment, dict[str, Any]]


class CocoInstancesWriter:
    """One annotation per segment, as RLE: polygons could not hold the exact pixels."""

    name = "coco_instances"
    title = "COCO instances"
    description = "images and one JSON with an exact RLE mask, box and area for every object and stuff region"

    def write(self, samples: Iterator[Sample], classes: list[ClassInfo], archive: zipfile.ZipFile) -> None:
        tables = _Tables(classes, archive)
        annotations: list[dict[str, Any]] = []
        for sample in samples:
            image_id = tables.add_image(sample, tables.names.claim(sample.name))
            for segment, region in tables.regions(sample):
                ids = {"id": len(annotations) + 1, "image_id": image_id}
                annotations.append({**ids, **region, **_score(segment)})
        add_json(archive, "annotations/instances.json", tables.content(annotations))


class CocoPanopticWriter:
    """One PNG per image whose colours are segment ids, and one JSON that says what they are."""

    name = "coco_panoptic"
    title = "COCO panoptic"
    description = "images, one PNG of segment ids per image and one JSON with the category of every segment"

    def write(self, samples: Iterator[Sample], classes: list[ClassInfo], archive: zipfile.ZipFile) -> None:
        tables = _Tables(classes, archive)
        annotations: list[dict[str, Any]] = []
        for sample in samples:
            path = tables.names.claim(sample.name)
            mask_name = path.with_suffix(".png")
            regions = list(tables.regions(sample, with_masks=False))
            if sample.label_map is not None:
                # Before its image: readers that look files up by ending would take a PNG image for it.
                kept = [segment.id for segment, _ in regions]
                add_png(archive, f"panoptic/{mask_name}", _panoptic_colors(sample.label_map, kept))
            image_id = tables.add_image(sample, path)
            if sample.label_map is not None:
                infos = [{"id": segment.id, **region, **_score(segment)} for segment, region in regions]
                row = {"image_id": image_id, "file_name": str(mask_name), "segments_info": infos}
                annotations.append(row)
        add_json(archive, "annotations/panoptic.json", tables.content(annotations))


class _Tables:
    """The rows that grow while samples stream by, and the images as they go into the archive."""

    def __init__(self, classes: list[ClassInfo], archive: zipfile.ZipFile):
        self.archive = archive
        self.names = ArchiveNames()
        self.images: list[dict[str, Any]] = []
        self.classes = {info.name: info for info in classes}
        self.category_id = {info.name: i for i, info in enumerate(classes, 1) if not info.ignore}

    def add_image(self, sample: Sample, path: PurePosixPath) -> int:
        """Put the file into the archive and its row into the table; the id of the row."""
        add_file(self.archive, f"images/{path}", sample.image, packed=False)
        image_id = len(self.images) + 1
        row = {"id": image_id, "file_name": str(path), "width": sample.width, "height": sample.height}
        self.images.append({**row, "split": sample.split} if sample.split else row)
        return image_id

    def regions(self, sample: Sample, *, with_masks: bool = True) -> Iterator[Region]:
        """Category, area, box and (optionally) RLE of each segment that is not ignored."""
        if sample.label_map is None:
            return
        counts_of = encode_segments(sample.label_map)
        for segment in segments_in_use(sample, self.classes):
            category = self.category_id.get(segment.class_name)
            if category is None:
                continue
            counts = counts_of[segment.id]
            region = {
                "category_id": category,
                "iscrowd": int(segment.crowd),
                "area": area(counts),
                "bbox": bounding_box(counts, sample.height),
            }
            if with_masks:
                region["segmentation"] = to_rle(counts, sample.height, sample.width)
            yield segment, region

    def content(self, annotations: list[dict[str, Any]]) -> dict[str, Any]:
        categories = [
            {
                "id": self.category_id[info.name],
                "name": info.name,
                "supercategory": info.kind,
                "isthing": int(info.kind == "thing"),
                "color": list(info.rgb),
            }
            for info in self.classes.values()
            if not info.ignore
        ]
        rows = {"images": self.images, "annotations": annotations, "categories": categories}
        return {"info": {}, "licenses": [], **rows}


def _score(segment: SampleSegment) -> dict[str, float]:
    return {} if segment.score is None else {"score": segment.score}


def _panoptic_colors(label_map: np.ndarray, kept: list[int]) -> np.ndarray:
    """Segment ids as R + 256 G; everything that is not kept is void, 0."""
    lookup = np.zeros(int(label_map.max()) + 1, np.uint16)
    lookup[kept] = kept
    ids = lookup[label_map]
    return np.stack([ids & 255, ids >> 8, np.zeros_like(ids)], axis=-1).astype(np.uint8)
