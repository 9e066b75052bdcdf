"""From class probabilities to one class and a few numbers per pixel."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

SMALLEST_PROBABILITY = 1e-12


@dataclass(frozen=True)
class Ranking:
    """(H, W): the winning class (int16), its probability, and that of the second class where asked for."""

    class_index: NDArray[np.int16]
    first: NDArray[np.float32]
    second: NDArray[np.float32] | None


def rank(maps: Iterable[NDArray[np.float32]], with_second: bool = False) -> Ranking:
    """Rank the (H, W) probability maps of all classes, taken one at a time to spare memory.

    The first of equal classes wins. A map may be overwritten by its maker once the next one is asked for.
    """
    remaining = iter(maps)
    first = next(remaining).copy()
    second = np.zeros_like(first) if with_second else None
    class_index = np.zeros(first.shape, np.int16)
    label = np.empty(first.shape, np.int16)
    for index, of_class in enumerate(remaining, 1):
        label.fill(index)
        # OpenCV's passes take half the time of NumPy's masked ones.
        cv2.copyTo(label, cv2.compare(of_class, first, cv2.CMP_GT), class_index)
        if second is not None:
            np.maximum(second, np.minimum(first, of_class), out=second)
        np.maximum(first, of_class, out=first)
    return Ranking(class_index, first, second)


def normalised_entropy(probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    """Entropy over the first axis divided by log(C), float32 0..1; all zero for a single class."""
    if len(probabilities) == 1:
        return np.zeros(probabilities.shape[1:], np.float32)
    logs = np.log(np.maximum(probabilities, SMALLEST_PROBABILITY))
    logs *= probabilities
    entropy = -logs.sum(0) / math.log(len(probabilities))
    return np.asarray(entropy.clip(0, 1), np.float32)
