"""The part of a large image that the encoder looks at: about as much as somebody sees of it, never less."""

from typing import NamedTuple

# Of half that side an image would be enlarged to four times its size, and show nothing more.
SHORTEST_PX = 512
# What is seen takes up to this share of the frame's side, and an eighth of the side at least is left around it: objects
# are told by what is around them too, and few that are in view reach beyond the frame.
MOST_SEEN = 0.5
# Frames begin at multiples of this share of their side, so that whoever moves on a little needs no new one.
STEP = 0.25

Edges = tuple[bool, bool, bool, bool]


class Frame(NamedTuple):
    """A part of an image in its pixels; x1 and y1 are exclusive."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def width(self) -> int:
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        return self.y1 - self.y0

    def inner_edges(self, width: int, height: int) -> Edges:
        """Which of its edges, left, top, right, bottom, are none of the image."""
        return self.x0 > 0, self.y0 > 0, self.x1 < width, self.y1 < height


def frames_around(width: int, height: int, seen: tuple[float, float, float, float]) -> list[Frame]:
    """Squares around what is seen of an image, x0, y0, x1, y1 within it: the tightest first, the whole image last.

    Each has half the side of the next one.
    """
    x0, y0, x1, y1 = seen
    side = float(max(width, height))
    frames = [Frame(0, 0, width, height)]
    while side / 2 >= SHORTEST_PX and max(x1 - x0, y1 - y0) <= MOST_SEEN * side / 2:
        side /= 2
        left, right = _stretch((x0 + x1) / 2, side, width)
        top, bottom = _stretch((y0 + y1) / 2, side, height)
        frames.insert(0, Frame(left, top, right, bottom))
    return frames


def _stretch(middle: float, side: float, length: int) -> tuple[int, int]:
    """From and to (exclusive) of `side` px around about `middle`, within `length`."""
    step = STEP * side
    start = min(max(0.0, step * round((middle - side / 2) / step)), max(0.0, length - side))
    return int(start), min(length, -int(-(start + side) // 1))
