"""The diagram of an architecture as shapes of an SVG: boxes in rows of resolution, lines between them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from django.utils.translation import get_language, gettext, gettext_noop

from segmodels.diagrams import Diagram, Stage

PITCH = 12
BOX = 8
COLUMNS = 12  # drawn at least, so that boxes have one size in all diagrams
ROWS = 6
MARGIN = 3
SCALE_WIDTH = 17  # of the resolutions beside the rows
BEND = PITCH / 2
ARC = 1.25 * PITCH  # its height is half of that
FILLS = (gettext_noop("encoder"), "context", gettext_noop("decoder"))
JOINS = {
    "concatenate": gettext_noop("skip, concatenated"),
    "sum": gettext_noop("skip, added"),
    "indices": gettext_noop("places of the maxima"),
    "weigh": gettext_noop("skip, weighed by attention"),
}

Cell = tuple[int, int]


@dataclass(frozen=True)
class Box:
    """A stage: its upper left corner in units of the drawing."""

    x: float
    y: float
    kind: str
    label: str


@dataclass(frozen=True)
class Line:
    """An edge as the data of an SVG path."""

    path: str
    kind: str


@dataclass(frozen=True)
class Drawing:
    """What a template needs for one diagram; `legend` is (kind of mark, its name, its text)."""

    view_box: str
    scaled_view_box: str
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    scale: tuple[tuple[float, float, str], ...]
    legend: tuple[tuple[str, str, str], ...]
    size: int = BOX


def draw(diagram: Diagram) -> Drawing:
    """The shapes of `diagram`, centred on a grid that all diagrams share as far as they fit; words as now read."""
    return _drawn(diagram, get_language())


@cache
def _drawn(diagram: Diagram, language: str | None) -> Drawing:
    columns = max(stage.column for stage in diagram.stages) + 1
    rows = max(stage.row for stage in diagram.stages) + 1
    left = (columns - max(columns, COLUMNS)) * PITCH / 2
    top = (rows - max(rows, ROWS)) * PITCH / 2
    width, height = max(columns, COLUMNS) * PITCH, max(rows, ROWS) * PITCH
    stages = {stage.name: stage for stage in diagram.stages}
    taken = {(stage.column, stage.row) for stage in diagram.stages}
    boxes = (Box(*_corner(stage), stage.kind, gettext(stage.label)) for stage in diagram.stages)
    lines = (Line(_path(stages[edge.start], stages[edge.end], taken), edge.kind) for edge in diagram.edges)
    used_rows = sorted({stage.row for stage in diagram.stages})
    return Drawing(
        view_box=_view_box(left, top, width, height),
        scaled_view_box=_view_box(-SCALE_WIDTH, 0, width + SCALE_WIDTH, rows * PITCH),
        boxes=tuple(boxes),
        lines=tuple(lines),
        scale=tuple((-2, (row + 0.5) * PITCH, "1" if row == 0 else f"1/{2**row}") for row in used_rows),
        legend=tuple(_legend(diagram)),
    )


def _view_box(left: float, top: float, width: float, height: float) -> str:
    values = (left - MARGIN, top - MARGIN, width + 2 * MARGIN, height + 2 * MARGIN)
    return " ".join(f"{value:g}" for value in values)


def _corner(stage: Stage) -> tuple[float, float]:
    inset = (PITCH - BOX) / 2
    return stage.column * PITCH + inset, stage.row * PITCH + inset


def _centre(stage: Stage) -> tuple[float, float]:
    return (stage.column + 0.5) * PITCH, (stage.row + 0.5) * PITCH


def _path(start: Stage, end: Stage, taken: set[Cell]) -> str:
    """Straight to the next column and along a free row; over the boxes in between; else round one corner."""
    (x, y), (to_x, to_y) = _centre(start), _centre(end)
    if end.column - start.column <= 1:
        return f"M{x:g} {y:g}L{to_x:g} {to_y:g}"
    if start.row == end.row:
        between = {(column, start.row) for column in range(start.column + 1, end.column)}
        if between & taken:
            return f"M{x:g} {y:g}Q{(x + to_x) / 2:g} {y - ARC:g} {to_x:g} {to_y:g}"
        return f"M{x:g} {y:g}H{to_x:g}"
    along_start = {(column, start.row) for column in range(start.column + 1, end.column)}
    along_end = {(column, end.row) for column in range(start.column, end.column)}
    if len(along_start & taken) <= len(along_end & taken):
        return f"M{x:g} {y:g}H{to_x - BEND:g}V{to_y:g}H{to_x:g}"
    return f"M{x:g} {y:g}V{to_y:g}H{to_x:g}"


def _legend(diagram: Diagram) -> Iterator[tuple[str, str, str]]:
    for kind in FILLS:
        labels = list(dict.fromkeys(gettext(stage.label) for stage in diagram.stages if stage.kind == kind))
        if labels:
            yield "box", kind, ", ".join(labels) if kind == "context" else gettext(kind)
    drawn = {edge.kind for edge in diagram.edges}
    for join, text in JOINS.items():
        if join in drawn:
            yield "line", join, gettext(text)
