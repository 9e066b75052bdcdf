"""Regions as row runs: how the server tells the editor which pixels it means. Pure NumPy.

A run is a triple y, x0, x1 (x1 exclusive) in image pixels; a region is a flat list of triples, ordered by y, then x0.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from annotator.phrase import Phrase

Mask = NDArray[np.bool_]


class RunsError(ValueError):
    """A list that is no region; the message says why."""


def mask_to_runs(mask: Mask, left: int, top: int) -> list[int]:
    """Runs of a bool mask (height, width) whose upper left pixel is the image's (left, top)."""
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
    return runs.ravel().tolist()


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
    # Runs may overlap: a pixel is set where more runs have begun than ended.
    steps = np.zeros((height, width + 1), np.int32)
    np.add.at(steps, (row, begin), 1)
    np.add.at(steps, (row, end), -1)
    return np.cumsum(steps, axis=1)[:, :width] > 0
