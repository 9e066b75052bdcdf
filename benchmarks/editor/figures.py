"""Medians, percentiles and counts as they stand in the results."""

from collections.abc import Sequence

import numpy as np

# Two frames of 60 Hz take 33.3 ms, which browsers round to 33.3 or 33.4.
LONG_FRAME_MS = 33.5
LONG_TASK_MS = 50


def spread(milliseconds: Sequence[float]) -> dict[str, float]:
    """Median, 95th percentile and highest, rounded to 0.1, as browsers round their clock; the mean finer."""
    if not milliseconds:
        raise ValueError("nothing was measured")
    values = np.asarray(milliseconds)
    return {
        "mean_ms": round(float(values.mean()), 3),
        "median_ms": round(float(np.median(values)), 1),
        "p95_ms": round(float(np.percentile(values, 95)), 1),
        "highest_ms": round(float(values.max()), 1),
        "count": len(values),
    }


def frame_figures(times: Sequence[float]) -> dict[str, float]:
    """Of the times at which frames began: how many, and how many intervals were over two frames of 60 Hz."""
    intervals = np.diff(np.asarray(times))
    return {
        "frames": len(intervals),
        "over_33_ms": int((intervals > LONG_FRAME_MS).sum()),
        "median_ms": round(float(np.median(intervals)), 1),
        "highest_ms": round(float(intervals.max()), 1),
    }
