"""Borders of superpixels that were cut on a smaller copy, moved onto the edges of the picture at its full size.

Pixel by pixel along the borders, as in Yao et al., "Real-Time Coarse-to-fine Topologically Preserving Segmentation",
CVPR 2015: a border pixel goes over to the neighbouring region whose mean colour is closer, short borders are
preferred, and none goes whose own region would fall apart without it.
"""

from collections.abc import Callable, Iterator
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

from annotator.labelmap import LabelArray

Pixels = NDArray[np.uint8]
Places = NDArray[np.intp]

ROUNDS = 3
# What a neighbour of the same region counts against a squared difference of colour, in 8-bit CIELAB.
SMOOTHNESS = 60.0
STRIP_PIXELS = 4_000_000
# Around a pixel, clockwise from its left upper neighbour: row and column.
AROUND = ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))
BESIDE = (1, 3, 5, 7)  # those that share an edge


def refine_borders(
    regions: LabelArray, means: NDArray[np.float32], read_rows: Callable[[int, int], Pixels]
) -> LabelArray:
    """Regions (height, width) uint16 of ids from 1, each connected, with their borders on the picture's edges.

    `means` are the mean colours of the regions by id, (ids, 3), as `lab_of` gives them; `read_rows` gives the rows from
    one to another of the picture, RGB (rows, width, 3) uint8. Each region stays connected. Beside its result it takes
    memory for STRIP_PIXELS pixels.
    """
    height, width = regions.shape
    bordered = np.zeros((height + 2, width + 2), regions.dtype)
    bordered[1:-1, 1:-1] = regions
    rows = max(1, STRIP_PIXELS // width)
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        colors = lab_of(read_rows(top, bottom))
        for _ in range(ROUNDS):
            for places in _border_places(bordered, top, bottom):
                _move(bordered, places, colors, top, means)
    return bordered[1:-1, 1:-1]


def lab_of(pixels: Pixels) -> Pixels:
    """Colours (height, width, 3) in CIELAB, 8 bits each, without the finest grain."""
    return cv2.cvtColor(cv2.GaussianBlur(pixels, (3, 3), 0), cv2.COLOR_RGB2LAB).astype(np.uint8, copy=False)


def _border_places(bordered: LabelArray, top: int, bottom: int) -> Iterator[Places]:
    """Places of border pixels in the flat array, in four lots of which no two pixels touch each other."""
    width = bordered.shape[1]
    core = bordered[top + 1 : bottom + 1, 1:-1]
    is_border = core != bordered[top:bottom, 1:-1]
    is_border |= core != bordered[top + 2 : bottom + 2, 1:-1]
    is_border |= core != bordered[top + 1 : bottom + 1, :-2]
    is_border |= core != bordered[top + 1 : bottom + 1, 2:]
    for first_row, first_column in product((0, 1), repeat=2):
        y, x = np.nonzero(is_border[first_row::2, first_column::2])
        yield (2 * y + first_row + top + 1) * width + 2 * x + first_column + 1


def _move(bordered: LabelArray, places: Places, colors: Pixels, top: int, means: NDArray[np.float32]) -> None:
    flat = bordered.reshape(-1)
    width = bordered.shape[1]
    own = flat[places]
    around = np.stack([flat[places + row * width + column] for row, column in AROUND])
    bits = np.packbits(around == own, axis=0)[0]
    may_go = HOLDS_TOGETHER[bits]
    places, own, around = places[may_go], own[may_go], around[:, may_go]
    y, x = np.divmod(places, width)
    color = colors[y - 1 - top, x - 1].astype(np.float32)
    best = own.copy()
    least = _cost(color, own, around, means)
    for number, side in enumerate(BESIDE):
        other = around[side]
        is_new = (other != own) & (other != 0)
        for earlier in BESIDE[:number]:
            is_new &= other != around[earlier]
        (asked,) = np.nonzero(is_new)
        cost = _cost(color[asked], other[asked], around[:, asked], means)
        better = cost < least[asked]
        chosen = asked[better]
        best[chosen], least[chosen] = other[chosen], cost[better]
    flat[places] = best


def _cost(
    color: NDArray[np.float32], region: LabelArray, around: LabelArray, means: NDArray[np.float32]
) -> NDArray[np.float32]:
    difference = color - means[region]
    cost: NDArray[np.float32] = np.einsum("ij,ij->i", difference, difference)
    cost -= np.float32(SMOOTHNESS) * np.count_nonzero(around == region, axis=0)
    return cost


def _holds_together(bits: int) -> bool:
    """Whether the neighbours of the pixel's own region, the first in the highest bit, are one part without it."""
    is_own = [bool(bits >> (7 - i) & 1) for i in range(8)]
    # Walking around, a part begins beside the pixel unless the two neighbours before it are the region's too.
    parts = sum(is_own[i] and not (is_own[i - 1] and is_own[i - 2]) for i in BESIDE)
    return parts == 1 or all(is_own)


HOLDS_TOGETHER = np.array([_holds_together(bits) for bits in range(256)])
