"""COCO JSON, read: instances (polygons, RLE, crowds) and panoptic (JSON with PNG masks).

COCO lets objects overlap and a label map does not, so the regions of an image are painted crowds
first, then from large to small: a small object stays visible on a larger one. What no region covers
stays unlabelled, because COCO does not say that it is background.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np

from annotator.formats.coco_table import CocoTable, FileIndex, find_tables, table_key
from annotator.formats.dataset import Entry, OpenDataset, ReadOptions
from annotator.formats.folders import load_image
from annotator.formats.labelfile import MAX_SEGMENTS, read_mask
from annotator.formats.rle import BadSegmentation, area, paint, parse_segmentation
from annotator.formats.sample import ClassInfo, Sample, SampleSegment, Split
from annotator.imagefile import BadFile
from annotator.phrase import Phrase, counted, said

MOST_SHOWN = 5


class CocoReader:
    """Reads every COCO table below a folder; where two list one image, the panoptic one holds."""

    name = "coco"
    title = "COCO JSON"
    description = "images with instances JSON (polygons, RLE, crowds) or with panoptic JSON and PNG masks"

    def open(self, root: Path, options: ReadOptions) -> OpenDataset:
        tables, refused = find_tables(root, options)
        if not tables:
            if refused:
                raise refused[0]
            raise BadFile(root.name, Phrase("no JSON with images, annotations and categories was found"))
        listing = _Listing(FileIndex(root), options, refused)
        for table in tables:
            listing.add(table)
        classes: dict[str, ClassInfo] = {}
        for table in listing.tables_in_use() or tables:
            for info in table.classes.values():
                classes.setdefault(info.name.casefold(), info)
        return OpenDataset(list(classes.values()), listing.entries, listing.refused)


class _Listing:
    """Entries gathered over the tables, each image file once."""

    def __init__(self, files: FileIndex, options: ReadOptions, refused: list[BadFile]):
        self.files = files
        self.options = options
        self.refused = refused
        self.entries: list[Entry] = []
        self._owner: dict[Path, CocoTable] = {}
        self._names: set[str] = set()

    def add(self, table: CocoTable) -> None:
        self.refused.extend(table.refused)
        for image in table.images:
            file_name = image.get("file_name")
            if not isinstance(file_name, str) or not file_name:
                self.refused.append(
                    BadFile(table.name, Phrase("image {number} has no file_name", number=repr(image.get("id"))))
                )
                continue
            path = self.files.find(file_name, table)
            if path is None:
                self.refused.append(
                    BadFile(file_name, Phrase("listed in {table}, but the file is not there", table=table.name))
                )
            elif path not in self._owner:
                self._owner[path] = table
                named = image.get("split")
                split: Split = named if named in ("train", "val", "test") else table.split
                loader = _Loader(path, image, table, self.files, self.options)
                self.entries.append(Entry(self._unique_name(file_name, path, split), split, loader))
            elif self._owner[path] is table:
                self.refused.append(
                    BadFile(file_name, Phrase("listed twice in {table}; the first one was taken", table=table.name))
                )

    def tables_in_use(self) -> list[CocoTable]:
        return list({id(table): table for table in self._owner.values()}.values())

    def _unique_name(self, file_name: str, path: Path, split: Split) -> str:
        name = file_name.replace("\\", "/")
        if name.startswith("/") or ".." in name.split("/") or ":" in name:
            name = path.name
        base, count = f"{split}/{name}" if split and name in self._names else name, 2
        name = base
        while name in self._names:
            name, count = f"{count}/{base}", count + 1
        self._names.add(name)
        return name


@dataclass(frozen=True)
class _Loader:
    path: Path
    image: dict[str, Any]
    table: CocoTable
    files: FileIndex
    options: ReadOptions

    def __call__(self, entry: Entry) -> Sample:
        sample = load_image(self.path, entry, self.options)
        rows = self.table.annotations.get(table_key(self.image.get("id")), [])
        if not rows or not self.options.with_labels:
            return sample
        claimed = self.image.get("width"), self.image.get("height")
        if claimed != (None, None) and claimed != (sample.width, sample.height):
            problem = Phrase(
                "{table} says that the image is {claimed}, but it is {found} (upright, by its EXIF data)",
                table=self.table.name,
                claimed=f"{claimed[0]}x{claimed[1]}",
                found=f"{sample.width}x{sample.height}",
            )
            return replace(sample, label_problem=problem)
        if self.table.is_panoptic:
            return self._with_panoptic_labels(sample, rows[0])
        return _with_regions(sample, rows, self.table)

    def _with_panoptic_labels(self, sample: Sample, row: dict[str, Any]) -> Sample:
        file_name = str(row.get("file_name"))
        mask = self.files.find(file_name, self.table, masks=True)
        if mask is None or mask == self.path:
            problem = Phrase("{name}: the mask that {table} names is not there", name=file_name, table=self.table.name)
            return replace(sample, label_problem=problem)
        try:
            rgb = read_mask(mask, name=file_name, width=sample.width, height=sample.height)
        except BadFile as problem:
            return replace(sample, label_problem=said(problem))
        return _with_panoptic_mask(sample, rgb, row, self.table)


def _with_panoptic_mask(sample: Sample, rgb: np.ndarray, row: dict[str, Any], table: CocoTable) -> Sample:
    """Ids R + 256 G + 65536 B, as https://cocodataset.org/#format-data has them, to a label map."""
    if rgb.ndim != 3:
        return replace(
            sample, label_problem=Phrase("{name}: a panoptic mask is an RGB image", name=row.get("file_name"))
        )
    ids = rgb[..., 0] + rgb[..., 1] * np.uint32(256) + rgb[..., 2] * np.uint32(65536)
    segments: list[SampleSegment] = []
    found, inverse = np.unique(ids, return_inverse=True)
    codes = np.zeros(len(found), np.uint16)
    listed = row.get("segments_info")
    infos = listed if isinstance(listed, list) else []
    info_of = {table_key(info.get("id")): info for info in infos if isinstance(info, dict)}
    problems = []
    stuff_id: dict[str, int] = {}
    for index, value in enumerate(map(int, found)):
        row_info = info_of.get(value, {})
        info = table.classes.get(table_key(row_info.get("category_id")))
        if value == 0:
            continue
        if info is None:
            problems.append(Phrase("segment {value} has no known category", value=value))
        elif info.kind == "stuff" and info.name in stuff_id:
            codes[index] = stuff_id[info.name]
        elif len(segments) == MAX_SEGMENTS:
            problems.append(
                Phrase(
                    "segment {value} is one more than the {most:,} that are possible", value=value, most=MAX_SEGMENTS
                )
            )
        else:
            codes[index] = len(segments) + 1
            segments.append(SampleSegment(len(segments) + 1, info.name, crowd=bool(row_info.get("iscrowd"))))
            if info.kind == "stuff":
                stuff_id[info.name] = len(segments)
    label_map = codes[inverse].reshape(ids.shape)
    return _labelled(sample, label_map, tuple(segments), problems, table)


def _with_regions(sample: Sample, rows: list[dict[str, Any]], table: CocoTable) -> Sample:
    regions, problems = [], []
    for row in rows:
        try:
            regions.append(_region(row, sample, table))
        except BadSegmentation as problem:
            problems.append(Phrase("annotation {number}: {reason}", number=row.get("id"), reason=problem))
    regions.sort(key=lambda region: (not region.crowd, -region.area))
    if len(regions) > MAX_SEGMENTS:
        return replace(
            sample,
            label_problem=Phrase("{count:,} objects; {most:,} are possible", count=len(regions), most=MAX_SEGMENTS),
        )
    flat = np.zeros(sample.height * sample.width, np.uint16)
    segments: dict[int, SampleSegment] = {}
    stuff_id: dict[str, int] = {}
    for region in regions:
        own_id = len(segments) + 1
        if region.info.kind == "stuff":
            own_id = stuff_id.setdefault(region.info.name, own_id)
        paint(flat, region.counts, own_id)
        segments.setdefault(own_id, SampleSegment(own_id, region.info.name, crowd=region.crowd))
    visible = np.flatnonzero(np.bincount(flat, minlength=len(segments) + 1))
    kept = tuple(segments[int(i)] for i in visible if i)
    label_map = np.ascontiguousarray(flat.reshape(sample.width, sample.height).T)
    hidden = len(segments) - len(kept)
    note = (
        counted(
            "{count} object is fully hidden behind others", "{count} objects are fully hidden behind others", hidden
        )
        if hidden
        else ""
    )
    return replace(_labelled(sample, label_map, kept, problems, table), note=note)


@dataclass(frozen=True)
class _Region:
    info: ClassInfo
    crowd: bool
    area: int
    counts: np.ndarray


def _region(row: dict[str, Any], sample: Sample, table: CocoTable) -> _Region:
    info = table.classes.get(table_key(row.get("category_id")))
    if info is None:
        raise BadSegmentation(Phrase("category {category} is not in the table", category=row.get("category_id")))
    counts = parse_segmentation(row.get("segmentation"), sample.height, sample.width)
    pixels = area(counts)
    return _Region(info, bool(row.get("iscrowd")), pixels, counts)


def _labelled(
    sample: Sample,
    label_map: np.ndarray,
    segments: tuple[SampleSegment, ...],
    problems: Sequence[str],
    table: CocoTable,
) -> Sample:
    problem = Phrase("{name}: {reason}", name=table.name, reason=_enumerated(problems)) if problems else ""
    if not segments:
        return replace(sample, label_problem=problem)
    return replace(sample, label_map=label_map, segments=segments, label_problem=problem)


def _enumerated(problems: Sequence[str]) -> str:
    """The first of the problems as one text, and how many more there are."""
    shown = reduce(lambda one, other: Phrase("{one}; {other}", one=one, other=other), problems[:MOST_SHOWN])
    if len(problems) <= MOST_SHOWN:
        return shown
    return Phrase("{one}; and {count} more", one=shown, count=len(problems) - MOST_SHOWN)
