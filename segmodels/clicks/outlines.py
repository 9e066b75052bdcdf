"""From the decoder's coarse logits to exact row runs of the image, without a raster of the image's size."""

import numpy as np
from numpy.typing import NDArray

from segmodels.clicks.letterbox import INPUT_PX, LOGITS_PX, Letterbox

Array = NDArray[np.float32]
SQUARE_PX_PER_LOGIT = INPUT_PX // LOGITS_PX


def find_runs(logits: Array, image: Letterbox) -> NDArray[np.int32]:
    """(N, 3) int32 y, x0, x1 (exclusive) of the image's pixels where the logits, seen bilinearly, are above 0.

    `logits` are (256, 256) over the square. Along a row they are linear from one logit to the next, so that a run
    begins and ends at a crossing that can be computed: the work grows with the height of the mask, not its area.
    """
    scale_x, scale_y = (scale / SQUARE_PX_PER_LOGIT for scale in image.scales)
    rows = np.flatnonzero((logits > 0).any(1))
    if not len(rows):
        return np.empty((0, 3), np.int32)
    top, bottom = _pixels_between(rows[0] - 1, rows[-1] + 1, scale_y, image.height)
    y = np.arange(top, bottom)
    places = np.asarray((y + 0.5) * scale_y - 0.5, np.float64)
    return _runs_of_rows(_rows_at(places, logits), y, scale_x, image.width)


def _pixels_between(first: int, last: int, scale: float, length: int) -> tuple[int, int]:
    """The pixels, from and to (exclusive), that logits `first` to `last` reach."""
    start, end = (first + 0.5) / scale - 0.5, (last + 0.5) / scale + 0.5
    return max(0, int(np.floor(start))), min(length, int(np.ceil(end)) + 1)


def _rows_at(places: NDArray[np.float64], logits: Array) -> Array:
    """Rows of logits at fractional row numbers, the outermost repeated."""
    places = np.clip(places, 0, LOGITS_PX - 1)
    above = np.minimum(places.astype(np.intp), LOGITS_PX - 2)
    share = (places - above).astype(np.float32)[:, None]
    return np.asarray(logits[above] * (1 - share) + logits[above + 1] * share, np.float32)


def _runs_of_rows(rows: Array, y: NDArray[np.intp], scale_x: float, width: int) -> NDArray[np.int32]:
    """Runs of rows (H, 256) of logits, whose image rows are `y`."""
    inside = np.zeros((len(rows), LOGITS_PX + 2), np.int8)
    inside[:, 1:-1] = rows > 0
    # Rows begin and end outside, so that crossings alternate between in and out and none reaches into the next row.
    row, place = np.nonzero(np.diff(inside, axis=1))
    pixel = _first_pixel_after(rows, row, place, scale_x, width)
    runs = np.stack([y[row[::2]], pixel[::2], pixel[1::2]], 1)
    return _joined(runs[runs[:, 1] < runs[:, 2]]).astype(np.int32)


def _first_pixel_after(
    rows: Array, row: NDArray[np.intp], place: NDArray[np.intp], scale_x: float, width: int
) -> NDArray[np.int64]:
    """The first pixel whose centre lies behind the crossing between logits `place - 1` and `place` of `row`."""
    left, right = rows[row, np.maximum(place - 1, 0)], rows[row, np.minimum(place, LOGITS_PX - 1)]
    is_border = (place == 0) | (place == LOGITS_PX)
    change = np.where(is_border, 1, left - right)
    crossing = (place - 1 + np.where(is_border, 0, left / change) + 0.5) / scale_x - 0.5
    pixel = np.ceil(crossing).astype(np.int64)
    # What is inside at the first or last logit is inside up to the image's border.
    pixel = np.where(place == 0, 0, np.where(place == LOGITS_PX, width, pixel))
    return np.clip(pixel, 0, width)


def _joined(runs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Runs in order, with those made one that touch: between them lay the centre of no pixel."""
    if not len(runs):
        return runs
    touches = (runs[1:, 0] == runs[:-1, 0]) & (runs[1:, 1] <= runs[:-1, 2])
    starts = np.concatenate([[True], ~touches])
    ends = np.concatenate([~touches, [True]])
    return np.stack([runs[starts, 0], runs[starts, 1], runs[ends, 2]], 1)
