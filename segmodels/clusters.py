"""A mask in parts that can be worked on apart, so that a few objects in a large image cost little."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Box = tuple[slice, slice]

CELL_PX = 32


@dataclass(frozen=True)
class Clusters:
    """Parts of a mask that can be worked on one after the other: every component is whole in one of them.

    `boxes` may overlap; `cells` int32 holds the cluster 1..n of each square of 32 px, 0 where it is empty.
    """

    boxes: list[Box]
    cells: NDArray[np.int32]

    @classmethod
    def find(cls, mask: NDArray[np.bool_], reach_px: int) -> "Clusters":
        """Clusters of neighbouring cells of a (H, W) mask; one of everything where their boxes, each seen with
        `reach_px` around it, would be more to look at than that.
        """
        height, width = mask.shape
        occupied = np.zeros((-(-height // CELL_PX), -(-width // CELL_PX)), np.uint8)
        for row in range(len(occupied)):
            columns = mask[row * CELL_PX : (row + 1) * CELL_PX].any(0)
            occupied[row] = np.logical_or.reduceat(columns, np.arange(0, width, CELL_PX))
        _, cells, stats, _ = cv2.connectedComponentsWithStats(occupied, connectivity=8)
        sizes = stats[1:, 2:4] * CELL_PX + 2 * reach_px
        if int(sizes.prod(1).sum()) >= mask.size:
            return cls([np.s_[0:height, 0:width]], np.ones(occupied.shape, np.int32))
        boxes = [
            np.s_[y * CELL_PX : min((y + h) * CELL_PX, height), x * CELL_PX : min((x + w) * CELL_PX, width)]
            for x, y, w, h in stats[1:, :4].tolist()
        ]
        return cls(boxes, np.asarray(cells, np.int32))

    def holds(self, number: int) -> NDArray[np.bool_]:
        """Which pixels of a cluster's box are in its cells."""
        rows, columns = self.boxes[number - 1]
        cells = self.cells[rows.start // CELL_PX : -(-rows.stop // CELL_PX), columns.start // CELL_PX :]
        pixels = (cells[:, : -(-(columns.stop - columns.start) // CELL_PX)] == number).repeat(CELL_PX, 0)
        return pixels.repeat(CELL_PX, 1)[: rows.stop - rows.start, : columns.stop - columns.start]


def grown(box: Box, margin_px: int, shape: tuple[int, ...]) -> Box:
    """`box` with a margin, cut at the border of an array of `shape`."""
    rows, columns = box
    return (
        slice(max(0, rows.start - margin_px), min(shape[0], rows.stop + margin_px)),
        slice(max(0, columns.start - margin_px), min(shape[1], columns.stop + margin_px)),
    )


def within(box: Box, around: Box) -> Box:
    """`box` as seen from the corner of the box around it."""
    (rows, columns), (outer_rows, outer_columns) = box, around
    return (
        slice(rows.start - outer_rows.start, rows.stop - outer_rows.start),
        slice(columns.start - outer_columns.start, columns.stop - outer_columns.start),
    )
