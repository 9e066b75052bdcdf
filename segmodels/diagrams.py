"""The data flow of an architecture as a small drawing: boxes on a grid, arrows between them."""

from dataclasses import dataclass
from typing import Literal

StageKind = Literal["image", "encoder", "context", "decoder", "output"]
EdgeKind = Literal["flow", "concatenate", "sum", "indices", "weigh"]


@dataclass(frozen=True)
class Stage:
    """One box: `column` counts steps from the left, `row` is the resolution (0 full, n: 1/2**n a side)."""

    name: str
    label: str
    column: int
    row: int
    kind: StageKind


@dataclass(frozen=True)
class Edge:
    """An arrow between stages by name; anything but `flow` is how a skip joins its target."""

    start: str
    end: str
    kind: EdgeKind = "flow"


@dataclass(frozen=True)
class Diagram:
    """Stages and the edges between them, to be drawn column by row."""

    stages: tuple[Stage, ...]
    edges: tuple[Edge, ...]


def encoder_decoder(skip: EdgeKind, depth: int) -> Diagram:
    """A U: `depth` halvings down and up again, a skip of one kind at every resolution between."""
    down = [Stage(f"e{row}", _fraction(row), row, row, "encoder") for row in range(1, depth + 1)]
    up = [Stage(f"d{row}", _fraction(row), 2 * depth - row, row, "decoder") for row in range(depth - 1, -1, -1)]
    stages = (
        Stage("image", "image", 0, 0, "image"),
        *down,
        *up,
        Stage("output", "classes", 2 * depth + 1, 0, "output"),
    )
    chain = [Edge(start.name, end.name) for start, end in zip(stages, stages[1:], strict=False)]
    skips = [Edge(f"e{row}", f"d{row}", skip) for row in range(1, depth)]
    return Diagram(stages, (*chain, *skips))


def backbone(
    depth: int, after: tuple[Stage, ...], edges: tuple[tuple[str, str] | tuple[str, str, EdgeKind], ...]
) -> Diagram:
    """An encoder of `depth` halvings, the stages `after` it, and the edges that start from them."""
    down = [Stage(f"e{row}", _fraction(row), row, row, "encoder") for row in range(1, depth + 1)]
    stages = (Stage("image", "image", 0, 0, "image"), *down, *after)
    chain = [Edge(start.name, end.name) for start, end in zip(stages[:depth], stages[1 : depth + 1], strict=True)]
    return Diagram(stages, (*chain, *(Edge(*edge) for edge in edges)))


def _fraction(row: int) -> str:
    return "1/1" if row == 0 else f"1/{2**row}"


def _fcn(stride: int) -> Diagram:
    rows = list(range(5, stride.bit_length() - 2, -1))
    scores = [Stage(f"s{row}", "scores", 6 + place, row, "decoder") for place, row in enumerate(rows)]
    flow = zip(["e5", *(f"s{row}" for row in rows)], [*(f"s{row}" for row in rows), "output"], strict=True)
    sums: list[tuple[str, str, EdgeKind]] = [(f"e{row}", f"s{row}", "sum") for row in rows[1:]]
    return backbone(5, (*scores, Stage("output", "classes", 6 + len(rows), 0, "output")), (*flow, *sums))


def _pyramid(top: Stage) -> Diagram:
    levels = (Stage(f"p{row}", f"P{row}", 11 - row, row, "decoder") for row in (4, 3, 2))
    ends = (Stage("merged", "merge", 10, 2, "decoder"), Stage("output", "classes", 11, 0, "output"))
    down = [("e5", "p5"), ("p5", "p4"), ("p4", "p3"), ("p3", "p2")]
    sums: list[tuple[str, str, EdgeKind]] = [(f"e{row}", f"p{row}", "sum") for row in (4, 3, 2)]
    merged = [(f"p{row}", "merged") for row in (5, 4, 3, 2)]
    return backbone(5, (top, *levels, *ends), (*down, *sums, *merged, ("merged", "output")))


def _nested() -> Diagram:
    cells = [(row, step) for row in range(1, 5) for step in range(1, 6 - row)]
    stages = (
        Stage("image", "image", 0, 0, "image"),
        *(Stage(f"x{row}0", _fraction(row), row, row, "encoder") for row in range(1, 6)),
        *(Stage(f"x{row}{step}", _fraction(row), row + 2 * step, row, "decoder") for row, step in cells),
        Stage("d0", "1/1", 10, 0, "decoder"),
        Stage("output", "classes", 11, 0, "output"),
    )
    edges = (
        Edge("image", "x10"),
        *(Edge(f"x{row}0", f"x{row + 1}0") for row in range(1, 5)),
        *(Edge(f"x{row + 1}{step - 1}", f"x{row}{step}") for row, step in cells),
        *(Edge(f"x{row}{left}", f"x{row}{step}", "concatenate") for row, step in cells for left in range(step)),
        Edge("x14", "d0"),
        Edge("d0", "output"),
    )
    return Diagram(stages, edges)


def _dpt() -> Diagram:
    stages = (
        Stage("image", "image", 0, 0, "image"),
        *(Stage(f"t{step}", "tokens", step, 4, "encoder") for step in (1, 2, 3, 4)),
        *(Stage(f"f{row}", _fraction(row), 10 - row, row, "decoder") for row in (5, 4, 3, 2)),
        Stage("output", "classes", 9, 0, "output"),
    )
    chain = [Edge(start.name, end.name) for start, end in zip(stages, stages[1:], strict=False)]
    return Diagram(stages, (*chain, Edge("t3", "f4", "sum"), Edge("t2", "f3", "sum"), Edge("t1", "f2", "sum")))


def _mask_rcnn() -> Diagram:
    """The pyramid's levels feed the proposals; RoIAlign cuts the levels at the proposed boxes."""
    levels = tuple(Stage(f"p{row}", f"P{row}", 11 - row, row, "decoder") for row in (5, 4, 3, 2))
    ends = (
        Stage("boxes", "proposals", 10, 3, "context"),
        Stage("align", "RoIAlign", 11, 2, "context"),
        Stage("class", "class, box", 12, 1, "decoder"),
        Stage("mask", "mask", 12, 2, "decoder"),
        Stage("output", "objects", 13, 0, "output"),
    )
    down = [("e5", "p5"), ("p5", "p4"), ("p4", "p3"), ("p3", "p2"), ("p2", "boxes"), ("p2", "align")]
    sums: list[tuple[str, str, EdgeKind]] = [(f"e{row}", f"p{row}", "sum") for row in (4, 3, 2)]
    heads = [("boxes", "align"), ("align", "class"), ("align", "mask"), ("class", "output"), ("mask", "output")]
    return backbone(5, (*levels, *ends), (*down, *sums, *heads))


DIAGRAMS: dict[str, Diagram] = {
    "unet": encoder_decoder("concatenate", 5),
    "fpn": _pyramid(Stage("p5", "P5", 6, 5, "decoder")),
    "fcn32s": _fcn(32),
    "fcn16s": _fcn(16),
    "fcn8s": _fcn(8),
    "segnet": encoder_decoder("indices", 5),
    "unet_classic": encoder_decoder("concatenate", 4),
    "deeplabv3plus": backbone(
        4,
        (
            Stage("context", "dilated", 5, 4, "context"),
            Stage("d2", "1/4", 6, 2, "decoder"),
            Stage("output", "classes", 7, 0, "output"),
        ),
        (("e4", "context"), ("context", "d2"), ("e2", "d2", "concatenate"), ("d2", "output")),
    ),
    "unetplusplus": _nested(),
    "pspnet": backbone(
        3,
        (Stage("context", "pooled grids", 4, 3, "context"), Stage("output", "classes", 5, 0, "output")),
        (("e3", "context"), ("context", "output")),
    ),
    "linknet": encoder_decoder("sum", 5),
    "pan": backbone(
        4,
        (
            Stage("context", "attention", 5, 4, "context"),
            Stage("d3", "1/8", 6, 3, "decoder"),
            Stage("d2", "1/4", 7, 2, "decoder"),
            Stage("output", "classes", 8, 0, "output"),
        ),
        (
            *(("e4", "context"), ("context", "d3"), ("d3", "d2"), ("d2", "output")),
            *(("e3", "d3", "weigh"), ("e2", "d2", "weigh")),
        ),
    ),
    "manet": encoder_decoder("weigh", 5),
    "upernet": _pyramid(Stage("p5", "pooled grids", 6, 5, "context")),
    "segformer": backbone(
        5,
        (Stage("merged", "merge", 6, 2, "decoder"), Stage("output", "classes", 7, 0, "output")),
        (
            *(("e2", "merged", "concatenate"), ("e3", "merged", "concatenate"), ("e4", "merged", "concatenate")),
            *(("e5", "merged", "concatenate"), ("merged", "output")),
        ),
    ),
    "dpt": _dpt(),
    "mask_rcnn": _mask_rcnn(),
}
