"""COCO JSON tables: found under a folder, checked, and their image files looked up.

Format: https://cocodataset.org/#format-data. Paths in a table are looked up among the files that
really stand under the root, so none can lead out of it.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from annotator.formats.classtable import ProjectClasses, default_color, parse_color, read_json
from annotator.formats.dataset import ReadOptions
from annotator.formats.folders import SPLITS, image_paths, relative_name, walk
from annotator.formats.sample import ClassInfo, Kind, Split
from annotator.imagefile import BadFile
from annotator.phrase import Phrase, counted


@dataclass
class CocoTable:
    """One JSON file: its images, the annotations of each, and its categories as classes."""

    path: Path
    name: str
    is_panoptic: bool
    split: Split
    images: list[dict[str, Any]]
    annotations: dict[Any, list[dict[str, Any]]]  # by image id
    classes: dict[Any, ClassInfo]  # by category id
    refused: list[BadFile] = field(default_factory=list)


class FileIndex:
    """The image files under a root, found by the end of their path."""

    def __init__(self, root: Path):
        self._root = root
        self._by_name: dict[str, list[PurePosixPath]] = {}
        for path in image_paths(root):
            relative = PurePosixPath(path.relative_to(root).as_posix())
            self._by_name.setdefault(relative.name, []).append(relative)

    def find(self, file_name: str, table: CocoTable, *, masks: bool = False) -> Path | None:
        """The image (or panoptic mask) that a table means: the longest path match, then the nearest."""
        wanted = PurePosixPath(file_name.replace("\\", "/"))
        candidates = self._by_name.get(wanted.name, [])
        if not candidates:
            return None
        # Tools write absolute paths of the machine they ran on; of those only the end can be known here.
        if not wanted.is_absolute() and ".." not in wanted.parts and ":" not in wanted.parts[0]:
            candidates = [p for p in candidates if p.parts[-len(wanted.parts) :] == wanted.parts]
        here = PurePosixPath(table.name).parent

        def fitness(path: PurePosixPath) -> tuple[int | bool, ...]:
            folder = path.parent
            near = _shared(folder.parts, here.parts)
            is_mask = any("panoptic" in part or part == table.path.stem for part in folder.parts[near:])
            is_of_split = _split_by_path(folder.as_posix()) == table.split
            length = _shared(path.parts[::-1], wanted.parts[::-1])
            return is_mask == masks, length, is_of_split, near, -len(path.parts)

        best = max(candidates, key=fitness, default=None)
        return None if best is None else self._root / best


def find_tables(root: Path, options: ReadOptions) -> tuple[list[CocoTable], list[BadFile]]:
    """Every COCO table under `root`, panoptic ones first, and the JSON files that could not be read."""
    tables, refused = [], []
    adopted = ProjectClasses(options.classes)
    for here, _, files in walk(root):
        for path in (Path(here) / f for f in files if f.lower().endswith(".json")):
            name = relative_name(path, root)
            try:
                content = read_json(path, name=name, max_bytes=options.max_table_bytes)
                if _looks_like_coco(content):
                    tables.append(_parse_table(content, path, name, adopted))
            except BadFile as problem:
                refused.append(problem)
    return sorted(tables, key=lambda table: not table.is_panoptic), refused


def _looks_like_coco(content: Any) -> bool:
    return isinstance(content, dict) and all(
        isinstance(content.get(key), list) for key in ("images", "annotations", "categories")
    )


def _parse_table(content: dict[str, Any], path: Path, name: str, adopted: ProjectClasses) -> CocoTable:
    rows = [a for a in content["annotations"] if isinstance(a, dict)]
    is_panoptic = any("segments_info" in row for row in rows)
    classes = _classes(content["categories"], name, adopted)
    images = [i for i in content["images"] if isinstance(i, dict)]
    table = CocoTable(path, name, is_panoptic, _split_by_path(name), images, {}, classes)
    known = {table_key(image.get("id")) for image in images}
    strays = []
    for row in rows:
        image_id = table_key(row.get("image_id"))
        if image_id in known:
            table.annotations.setdefault(image_id, []).append(row)
        else:
            strays.append(
                Phrase("annotation {number} names image {image}", number=row.get("id"), image=row.get("image_id"))
            )
    damaged = len(content["annotations"]) - len(rows) + len(content["images"]) - len(images)
    if damaged:
        table.refused.append(
            BadFile(
                name,
                counted(
                    "{count} row of images or annotations is not an object",
                    "{count} rows of images or annotations are not objects",
                    damaged,
                ),
            )
        )
    if strays:
        stray = Phrase("{stray}, which the table does not list", stray=strays[0])
        more = len(strays) - 1
        table.refused.append(
            BadFile(name, Phrase("{stray}, and {count:,} more", stray=stray, count=more) if more else stray)
        )
    return table


def _classes(rows: list[Any], name: str, adopted: ProjectClasses) -> dict[Any, ClassInfo]:
    classes: dict[Any, ClassInfo] = {}
    for position, row in enumerate(rows):
        label = row.get("name") if isinstance(row, dict) else None
        if not isinstance(label, str) or not label.strip():
            raise BadFile(name, Phrase("category {number} of the list has no name", number=position + 1))
        key = table_key(row.get("id"))
        if key in classes:
            raise BadFile(name, Phrase("category id {value} is used twice", value=row.get("id")))
        color = parse_color(row.get("color")) or default_color(position)
        kind: Kind = "stuff" if row.get("isthing", 1) == 0 else "thing"
        classes[key] = adopted.adopt(ClassInfo(label.strip(), color, kind))
    return classes


def table_key(value: Any) -> Any:
    """Ids are numbers or strings; anything else (a list, say) could not be a dictionary key."""
    return value if isinstance(value, int | str) else repr(value)


def _split_by_path(name: str) -> Split:
    """train of instances_train2017.json or of train/instances.json."""
    path = PurePosixPath(name)
    for part in (path.stem, *reversed(path.parts[:-1])):
        for word in re.split(r"[^a-z]+", part.casefold()):
            if word in SPLITS:
                return SPLITS[word]
    return ""


def _shared(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count
