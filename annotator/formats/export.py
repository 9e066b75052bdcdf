"""What the writers share: safe unique names in the archive, reproducible entries, checked segments."""

import io
import json
import re
import zipfile
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from PIL import Image

from annotator.formats.sample import ClassInfo, Sample, SampleSegment

# A fixed date keeps two exports of one snapshot equal byte for byte; it is the earliest a zip can hold.
ENTRY_DATE = (1980, 1, 1, 0, 0, 0)
_UNSAFE = re.compile(r'[\x00-\x1f<>:"|?*\\]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


class ArchiveNames:
    """Image names that every system can unpack, unique also by stem and regardless of letter case.

    A mask takes the stem of its image, so a.jpg and a.png may not both keep theirs.
    """

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def claim(self, sample_name: str) -> PurePosixPath:
        parts = [_safe_part(p) for p in sample_name.replace("\\", "/").split("/") if p not in ("", ".", "..")]
        path = PurePosixPath(*(parts or ["image"]))
        stem, count = path.stem, 2
        while self._key(path) in self._taken:
            path = path.with_name(f"{stem}-{count}{path.suffix}")
            count += 1
        self._taken.add(self._key(path))
        return path

    @staticmethod
    def _key(path: PurePosixPath) -> str:
        return str(path.with_suffix("")).casefold()


def add_file(archive: zipfile.ZipFile, name: str, data: bytes, *, packed: bool = True) -> None:
    """One archive entry; `packed` False leaves already compressed bytes as they are."""
    entry = zipfile.ZipInfo(name, ENTRY_DATE)
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, data, zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED)


def add_json(archive: zipfile.ZipFile, name: str, table: Any) -> None:
    add_file(archive, name, json.dumps(table, ensure_ascii=False, separators=(",", ":")).encode())


def add_png(
    archive: zipfile.ZipFile, name: str, values: np.ndarray, palette: list[tuple[int, int, int]] | None = None
) -> None:
    """A PNG of (H, W) uint8 or uint16, or of (H, W, 3) uint8; with a palette, its values are indices."""
    image = Image.fromarray(np.ascontiguousarray(values))
    if palette is not None:
        image.putpalette([channel for color in palette for channel in color])
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=6)
    add_file(archive, name, out.getvalue(), packed=False)


def segments_in_use(sample: Sample, classes: dict[str, ClassInfo]) -> list[SampleSegment]:
    """The segments that own pixels, by id. Raises ValueError when pixels or classes are not in the tables."""
    if sample.label_map is None:
        return []
    by_id = {segment.id: segment for segment in sample.segments}
    present = np.flatnonzero(np.bincount(sample.label_map.ravel(), minlength=1))
    used = []
    for value in map(int, present[present > 0]):
        if value not in by_id:
            raise ValueError(f"{sample.name}: pixels of segment {value}, which is not in the segment table")
        if by_id[value].class_name not in classes:
            raise ValueError(f"{sample.name}: segment {value} has unknown class {by_id[value].class_name!r}")
        used.append(by_id[value])
    return used


def _safe_part(part: str) -> str:
    cleaned = _UNSAFE.sub("_", part).strip(" ").rstrip(".") or "_"
    return f"_{cleaned}" if _RESERVED.fullmatch(cleaned) else cleaned
