"""classes.json: which number in a mask means which class.

{"task": "semantic" | "instance" | ..., "unlabelled": 255,
 "classes": [{"id": 0, "name": "Sky", "rgb": [128, 128, 128], "kind": "stuff", "ignore": false}, ...],
 "ignore": {"id": 11, "name": "Void", "rgb": [0, 0, 0]}}

Only `classes` with id and name is needed; a plain list of classes and "color": "#rrggbb" do as well.
Ids are looked up, never counted from one: 0 is a class like any other.
"""

import colorsys
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from annotator.formats.sample import ClassInfo, Kind
from annotator.imagefile import BadFile
from annotator.phrase import Phrase

FILE_NAME = "classes.json"
UNLABELLED_8_BIT = 255
UNLABELLED_16_BIT = 65535
MAX_BYTES = 16 << 20


@dataclass(frozen=True)
class ClassTable:
    """Mask value -> class. `declared` is False when there was no classes.json and values are positions."""

    by_value: dict[int, ClassInfo]
    task: str = ""
    unlabelled: int | None = None
    declared: bool = True
    colors: dict[tuple[int, int, int], int] = field(default_factory=dict)  # of the file, not the project

    @property
    def classes(self) -> list[ClassInfo]:
        return list(self.by_value.values())

    @property
    def background(self) -> ClassInfo | None:
        """The class of value 0 in a mask of objects: a stuff class called background, else that of id 0."""
        stuff = {v: c for v, c in self.by_value.items() if c.kind == "stuff"}
        named = next((c for c in stuff.values() if _is_background(c)), None)
        return named or (stuff.get(0) if self.declared else None)

    @property
    def object_class(self) -> ClassInfo:
        """The class of the numbers in a mask of objects: the first thing, else the first real class.

        It may be stuff, where a project wants the objects as one region; without any class it is "object".
        """
        real = [c for c in self.classes if not c.ignore and c != self.background]
        things = [c for c in real if c.kind == "thing"]
        return next(iter(things + real), ClassInfo("object", default_color(1), "thing"))

    def with_objects(self, project: tuple[ClassInfo, ...]) -> "ClassTable":
        """The table of a mask set that turned out to hold objects: its own classes become things."""
        if any(c.kind == "thing" for c in self.classes):
            return self
        by_value = {
            v: c if c in project or c.ignore or v == 0 or _is_background(c) else replace(c, kind="thing")
            for v, c in self.by_value.items()
        }
        return replace(self, by_value=by_value)


class ProjectClasses:
    """The project's classes, looked up the way people write names: letter case and outer blanks aside."""

    def __init__(self, classes: Iterable[ClassInfo]):
        self._by_name = {self._key(c.name): c for c in classes}

    def adopt(self, wanted: ClassInfo) -> ClassInfo:
        """The project's class of that name, or the class as the dataset had it first."""
        return self._by_name.setdefault(self._key(wanted.name), wanted)

    @staticmethod
    def _key(name: str) -> str:
        return name.strip().casefold()


def table_from_project(classes: tuple[ClassInfo, ...]) -> ClassTable:
    """Without a classes.json: mask value = position of the class in the project, from 0."""
    return ClassTable(dict(enumerate(classes)), declared=False)


def read_class_table(path: Path, *, name: str, project: tuple[ClassInfo, ...]) -> ClassTable:
    """Parse classes.json; raises BadFile(name, reason)."""
    content = read_json(path, name=name, max_bytes=MAX_BYTES)
    if isinstance(content, list):
        content = {"classes": content}
    if not isinstance(content, dict) or not isinstance(content.get("classes"), list):
        raise BadFile(name, Phrase('has no list "classes"'))
    task = str(content.get("task", "")).casefold()
    rows = content["classes"] + _ignored_rows(content.get("ignore"))
    adopted = ProjectClasses(project)
    by_value: dict[int, ClassInfo] = {}
    colors: dict[tuple[int, int, int], int] = {}
    for position, row in enumerate(rows):
        value, info = _parse_row(row, position, task, name)
        if value in by_value:
            raise BadFile(name, Phrase("class id {value} is used twice", value=value))
        if any(info.name.casefold() == other.name.casefold() for other in by_value.values()):
            raise BadFile(name, Phrase('class name "{name}" is used twice', name=info.name))
        by_value[value] = adopted.adopt(info)
        colors.setdefault(info.rgb, value)
    unlabelled = content.get("unlabelled")
    if unlabelled is not None and (not isinstance(unlabelled, int) or unlabelled in by_value):
        raise BadFile(name, Phrase('"unlabelled" must be a number that no class has'))
    return ClassTable(by_value, task, unlabelled, colors=colors)


def read_json(path: Path, *, name: str, max_bytes: int) -> Any:
    """The content of a JSON file; raises BadFile when it is too large, unreadable or not JSON."""
    try:
        if path.stat().st_size > max_bytes:
            raise BadFile(name, Phrase("larger than {most:,} bytes", most=max_bytes))
        return json.loads(path.read_bytes())
    except OSError as error:
        raise BadFile(name, Phrase("the file cannot be read ({reason})", reason=error.strerror)) from error
    except BadFile:
        raise
    except (ValueError, RecursionError) as error:
        raise BadFile(name, Phrase("not valid JSON ({reason})", reason=error)) from error


def default_color(index: int) -> str:
    """A colour well apart from its neighbours: hues by the golden ratio."""
    hue = (0.08 + index * 0.618033988749895) % 1
    red, green, blue = colorsys.hsv_to_rgb(hue, (0.75, 0.55)[index % 2], (0.95, 0.75, 0.6)[index % 3])
    return f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"


def parse_color(value: Any) -> str | None:
    """ "#rrggbb" from "#rrggbb" or [r, g, b] of 0..255; None when it is neither."""
    if isinstance(value, str) and re.fullmatch(r"#[0-9a-fA-F]{6}", value):
        return value.lower()
    if not isinstance(value, list) or len(value) != 3:
        return None
    if not all(isinstance(v, int) and 0 <= v <= 255 for v in value):
        return None
    return "#{:02x}{:02x}{:02x}".format(*value)


def _is_background(info: ClassInfo) -> bool:
    return info.name.casefold() == "background"


def _ignored_rows(ignore: Any) -> list[Any]:
    rows = ignore if isinstance(ignore, list) else [ignore] if ignore else []
    return [{**row, "ignore": True} if isinstance(row, dict) else row for row in rows]


def _parse_row(row: Any, position: int, task: str, name: str) -> tuple[int, ClassInfo]:
    if not isinstance(row, dict):
        raise BadFile(name, Phrase("class {number} of the list is not an object with id and name", number=position + 1))
    value, label = row.get("id", position), row.get("name")
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 65535:
        raise BadFile(
            name,
            Phrase(
                "class {number} of the list has the id {value}; 0 to 65535 is possible",
                number=position + 1,
                value=repr(value),
            ),
        )
    if not isinstance(label, str) or not label.strip():
        raise BadFile(name, Phrase("class {value} has no name", value=value))
    written = next((row[key] for key in ("color", "rgb", "RGB") if row.get(key)), None)
    color = default_color(position) if written is None else parse_color(written)
    if color is None:
        raise BadFile(
            name,
            Phrase(
                'class "{label}" has the colour {color}; [r, g, b] or "#rrggbb" is possible',
                label=label,
                color=repr(written),
            ),
        )
    return value, ClassInfo(label.strip(), color, _kind(row, value, task), bool(row.get("ignore")))


def _kind(row: dict[str, Any], value: int, task: str) -> Kind:
    if row.get("kind") in ("stuff", "thing"):
        return row["kind"]
    if "isthing" in row:
        return "thing" if row["isthing"] else "stuff"
    is_background = value == 0 or str(row.get("name", "")).casefold() == "background"
    return "thing" if task.startswith("instance") and not is_background and not row.get("ignore") else "stuff"
