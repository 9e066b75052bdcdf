"""A scatter plot as SVG: accuracy over speed, readable on light and dark pages."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 720, 420
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 24, 56
FONT_PX = 13
# Of a wide proportional sans-serif font, so that no label is wider than thought.
GLYPH_PX = 0.7 * FONT_PX
RADIUS = 5
GAP = 4
STYLE = """
  .back { fill: #ffffff } .ink { fill: #24292f } .axis { stroke: #57606a } .grid { stroke: #d8dee4 }
  .dot { fill: #0969da } .thread { stroke: #57606a }
  @media (prefers-color-scheme: dark) {
    .back { fill: #0d1117 } .ink { fill: #e6edf3 } .axis { stroke: #8b949e } .grid { stroke: #30363d }
    .dot { fill: #58a6ff } .thread { stroke: #8b949e }
  }
"""


@dataclass(frozen=True)
class Point:
    name: str
    images_per_second: float
    miou_points: float


@dataclass(frozen=True)
class Box:
    """A rectangle in px, its corner at the top left."""

    x: float
    y: float
    width: float
    height: float

    def meets(self, other: "Box") -> bool:
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )

    @property
    def is_inside(self) -> bool:
        return (
            self.x >= LEFT
            and self.y >= TOP
            and self.x + self.width <= WIDTH
            and self.y + self.height <= HEIGHT - BOTTOM
        )


@dataclass(frozen=True)
class Frame:
    """Where figures lie on the picture: speed on a logarithmic axis, mIoU on a linear one."""

    slowest: float
    fastest: float
    lowest: float
    highest: float

    @classmethod
    def around(cls, points: Sequence[Point]) -> "Frame":
        speeds = [point.images_per_second for point in points]
        scores = [point.miou_points for point in points]
        return cls(
            min(speeds) / 1.3,
            max(speeds) * 1.6,
            5 * math.floor(min(scores) / 5 - 0.2),
            5 * math.ceil(max(scores) / 5 + 0.2),
        )

    def x(self, speed: float) -> float:
        share = math.log(speed / self.slowest) / math.log(self.fastest / self.slowest)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(self, score: float) -> float:
        share = (score - self.lowest) / (self.highest - self.lowest)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def picture(points: Sequence[Point]) -> str:
    """The SVG document; no label covers another one or a dot."""
    frame = Frame.around(points)
    title = "Validation mIoU on CamVid over images per second"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'font-family="system-ui, sans-serif" font-size="{FONT_PX}">',
        f"<title>{title}</title>",
        f"<style>{STYLE}</style>",
        f'<rect class="back" width="{WIDTH}" height="{HEIGHT}"/>',
        *_axes(frame),
        *_marks(points, frame),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def placed_labels(points: Sequence[Point], frame: Frame) -> list[Box]:
    """A box for each point's name, the nearest free place around its dot; raises ValueError where none is left."""
    dots = [(frame.x(point.images_per_second), frame.y(point.miou_points)) for point in points]
    taken = [Box(x - RADIUS, y - RADIUS, 2 * RADIUS, 2 * RADIUS) for x, y in dots]
    boxes: list[Box] = []
    for point, (x, y) in zip(points, dots, strict=True):
        width, height = GLYPH_PX * len(point.name), FONT_PX + 2.0
        free = (box for box in _places(x, y, width, height) if box.is_inside and not any(map(box.meets, taken)))
        box = next(free, None)
        if box is None:
            raise ValueError(f"{len(points)} points leave no place for the name {point.name}; draw fewer")
        boxes.append(box)
        taken.append(box)
    return boxes


def _places(x: float, y: float, width: float, height: float) -> Iterator[Box]:
    """Boxes around a dot, from near to far: right, left, above, below, then further up and down."""
    for far in range(0, HEIGHT, 4):
        for shift in (far, -far) if far else (0,):
            yield Box(x + RADIUS + GAP, y - height / 2 + shift, width, height)
            yield Box(x - RADIUS - GAP - width, y - height / 2 + shift, width, height)
        yield Box(x - width / 2, y - RADIUS - GAP - height - far, width, height)
        yield Box(x - width / 2, y + RADIUS + GAP + far, width, height)


def _marks(points: Sequence[Point], frame: Frame) -> list[str]:
    lines = []
    for point, box in zip(points, placed_labels(points, frame), strict=True):
        x, y = frame.x(point.images_per_second), frame.y(point.miou_points)
        nearest_x = min(max(x, box.x), box.x + box.width)
        nearest_y = min(max(y, box.y), box.y + box.height)
        if math.hypot(nearest_x - x, nearest_y - y) > 2 * RADIUS + GAP:
            lines.append(f'<path class="thread" d="M{x:.1f} {y:.1f}L{nearest_x:.1f} {nearest_y:.1f}"/>')
        lines.append(
            f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="{RADIUS}"><title>{escape(point.name)}: '
            f"{point.miou_points:.1f} points, {point.images_per_second:g} images per second</title></circle>"
        )
        start, anchor = _towards(box, x)
        lines.append(_text(start, box.y + FONT_PX - 1, point.name, anchor))
    return lines


def _towards(box: Box, x: float) -> tuple[float, str]:
    """Where a name begins or ends, so that its near end stands at its dot, however wide its letters are."""
    if box.x >= x:
        return box.x, "start"
    if box.x + box.width <= x:
        return box.x + box.width, "end"
    return box.x + box.width / 2, "middle"


def _axes(frame: Frame) -> list[str]:
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    lines = []
    for score in range(int(frame.lowest), int(frame.highest) + 1, 5):
        y = frame.y(score)
        lines.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{right}"/>')
        lines.append(_text(LEFT - 8, y + 4, str(score), "end"))
    for speed in _round_speeds(frame):
        x = frame.x(speed)
        lines.append(f'<path class="grid" d="M{x:.1f} {TOP}V{bottom}"/>')
        lines.append(_text(x, bottom + 18, f"{speed:g}"))
    lines.append(f'<path class="axis" fill="none" d="M{LEFT} {TOP}V{bottom}H{right}"/>')
    lines.append(_text((LEFT + right) / 2, HEIGHT - 14, "images per second (logarithmic)"))
    middle = (TOP + bottom) / 2
    lines.append(
        f'<text class="ink" text-anchor="middle" transform="translate(18 {middle:.1f}) rotate(-90)">'
        "mIoU in points</text>"
    )
    return lines


def _round_speeds(frame: Frame) -> list[float]:
    decades = range(math.floor(math.log10(frame.slowest)), math.ceil(math.log10(frame.fastest)) + 1)
    candidates = [step * 10.0**decade for decade in decades for step in (1, 2, 5)]
    return [speed for speed in candidates if frame.slowest <= speed <= frame.fastest]


def _text(x: float, y: float, text: str, anchor: str = "middle") -> str:
    return f'<text class="ink" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
