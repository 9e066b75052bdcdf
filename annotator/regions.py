"""Regions as row runs: how the server tells the editor which pixels it means. Pure NumPy.

A run is a triple y, x0, x1 (x1 exclusive) in image pixels; a region is a flat list of triples, ordered by y, then x0.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from annotator.phrase import Phrase

Mask = NDArray[np.bool_]

# A mask is read and drawn a few rows at a time, so that the work takes little memory beside the mask itself.
BLOCK_PIXELS = 1 << 20


class RunsError(ValueError):
    """A list that is no region; the message says why."""


def mask_to_runs(mask: Mask, left: int, top: int) -> list[int]:
    """Runs of a bool mask (height, width) whose upper left pixel is the image's (left, top)."""
    rows = _rows_of_block(mask.shape[1])
    blocks = [_runs_of(mask[y : y + rows], left, top + y) for y in range(0, mask.shape[0], rows)]
    return np.concatenate(blocks).ravel().tolist() if blocks else []


def _rows_of_block(width: int) -> int:
    return max(1, BLOCK_PIXELS // max(1, width))


def _runs_of(mask: Mask, left: int, top: int) -> NDArray[np.int64]:
    height, width = mask.shape
    bordered = np.zeros((height, width + 2), np.int8)
    bordered[:, 1:-1] = mask
    # A row begins and ends unset, so starts and ends alternate and no run crosses a row.
    edges = np.flatnonzero(np.diff(bordered.ravel(), append=np.int8(0)))
    y, x = np.divmod(edges, width + 2)
    runs = np.empty((edges.size // 2, 3), np.int64)
    runs[:, 0] = y[::2] + top
    runs[:, 1] = x[::2] + left
    runs[:, 2] = x[1::2] + left
    return runs


def runs_to_mask(runs: Sequence[int], *, left: int, top: int, width: int, height: int) -> Mask:
    """The part of a region that lies in a window of the image, as a bool mask (height, width).

    Raises RunsError where `runs` are not triples.
    """
    if len(runs) % 3:
        raise RunsError(Phrase("runs are triples of y, x0, x1"))
    y, x0, x1 = np.asarray(runs, np.int64).reshape(-1, 3).T
    inside = (y >= top) & (y < top + height)
    row = y[inside] - top
    begin = np.clip(x0[inside] - left, 0, width)
    end = np.maximum(np.clip(x1[inside] - left, 0, width), begin)
    order = np.argsort(row, kind="stable")
    row, begin, end = row[order], begin[order], end[order]
    mask = np.empty((height, width), bool)
    rows = _rows_of_block(width)
    for first in range(0, height, rows):
        block = mask[first : first + rows]
        these = slice(*np.searchsorted(row, (first, first + len(block))))
        # Runs may overlap: a pixel is set where more runs have begun than ended.
        steps = np.zeros((len(block), width + 1), np.int32)
        np.add.at(steps, (row[these] - first, begin[these]), 1)
        np.add.at(steps, (row[these] - first, end[these]), -1)
        np.cumsum(steps, axis=1, out=steps)
        np.greater(steps[:, :width], 0, out=block)
    return mask
