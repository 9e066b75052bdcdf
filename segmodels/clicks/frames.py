"""The part of a large image that the encoder looks at: about as much as somebody sees of it, never less."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# Of half that side an image would be enlarged to four times its size, and show nothing more.
SHORTEST_PX = 512
# What is seen takes up to this share of the frame's side; objects are told by what is around them too.
MOST_SEEN = 0.75
# Frames begin at multiples of this share of their side, so that whoever moves on a little needs no new one.
STEP = 0.25


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


def goes_on_beyond(runs: NDArray[np.int32], frame: Frame, width: int, height: int) -> bool:
    """Whether a region (N, 3: y, x0, x1 in px of the frame) reaches an edge of it that is none of the image."""
    if not len(runs):
        return False
    y, starts, ends = runs.T
    return bool(
        (frame.x0 > 0 and starts.min() == 0)
        or (frame.y0 > 0 and y.min() == 0)
        or (frame.x1 < width and ends.max() == frame.width)
        or (frame.y1 < height and y.max() == frame.height - 1)
    )


def _stretch(middle: float, side: float, length: int) -> tuple[int, int]:
    """From and to (exclusive) of `side` px around about `middle`, within `length`."""
    step = STEP * side
    start = min(max(0.0, step * round((middle - side / 2) / step)), max(0.0, length - side))
    return int(start), min(length, -int(-(start + side) // 1))
