"""From a class map to segments: one per stuff class, one per object of a thing class."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from segmodels.nearest_labels import Labels, filled_where
from segmodels.object_splitting import split_objects
from segmodels.prediction import PixelPrediction, SegmentScore

__all__ = ["Kind", "SegmentScore", "segments_from_prediction", "split_objects"]

Kind = Literal["stuff", "thing"]

MOST_SEGMENTS = 65_535
# Counting converts to 64 bits; in parts that stay within the cache.
PIXELS_AT_ONCE = 1 << 18


def segments_from_prediction(
    prediction: PixelPrediction, kinds: Sequence[Kind], min_object_px: int = 16
) -> tuple[NDArray[np.uint16], list[SegmentScore]]:
    """Label map uint16 (H, W), ids 1..n without gaps, and its segments in the order of their ids.

    A segment's score is the mean confidence of its pixels.

    `kinds` says stuff or thing by class index. Touching objects are parted (see `split_objects`); objects
    below `min_object_px` become part of what is nearest to them. Where more than 65535 segments would
    come out, the smallest objects go the same way.
    """
    if prediction.class_index.size and int(prediction.class_index.max()) >= len(kinds):
        raise ValueError(f"class index {int(prediction.class_index.max())} with {len(kinds)} kinds")
    labels, class_of_label = _labelled_by_class(prediction.class_index, kinds)
    areas, sums = _areas_and_sums(labels, prediction.confidence, len(class_of_label))
    is_object = np.array([index >= 0 and kinds[index] == "thing" for index in class_of_label])
    kept = _kept(areas, is_object, min_object_px)
    if not kept[areas > 0].all():
        labels = filled_where(_only(kept, labels), np.ones(labels.shape, bool))
        areas, sums = _areas_and_sums(labels, prediction.confidence, len(class_of_label))
    return _numbered(labels, class_of_label, areas, sums)


def _labelled_by_class(class_index: NDArray[np.int16], kinds: Sequence[Kind]) -> tuple[Labels, list[int]]:
    """Labels 1..n, and the class of each label; label 0 is nothing and of class -1."""
    labels = np.zeros(class_index.shape, np.int32)
    class_of_label = [-1]
    for index, kind in enumerate(kinds):
        mask = class_index == index
        if not mask.any():
            continue
        offset = len(class_of_label) - 1
        if kind == "stuff":
            np.copyto(labels, offset + 1, where=mask)
            class_of_label.append(index)
            continue
        objects, count = split_objects(mask)
        objects += offset
        np.copyto(labels, objects, where=mask)
        class_of_label += [index] * count
    return labels, class_of_label


def _areas_and_sums(
    labels: Labels, confidence: NDArray[np.float32], count: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Pixels of each label 0..count-1, and the sum of their confidence."""
    areas, sums = np.zeros(count, np.int64), np.zeros(count, np.float64)
    flat, weights = labels.reshape(-1), confidence.reshape(-1)
    step = max(PIXELS_AT_ONCE, count)
    for start in range(0, flat.size, step):
        part = flat[start : start + step]
        areas += np.bincount(part, minlength=count)
        sums += np.bincount(part, weights[start : start + step], minlength=count)
    return areas, sums


def _only(kept: NDArray[np.bool_], labels: Labels) -> Labels:
    """The labels that are kept, 0 elsewhere."""
    return np.where(kept, np.arange(len(kept), dtype=np.int32), np.int32(0))[labels]


def _kept(areas: NDArray[np.int64], is_object: NDArray[np.bool_], min_object_px: int) -> NDArray[np.bool_]:
    """Which labels stay: all stuff, and the objects that are large enough, at most 65535 in all."""
    kept = (areas > 0) & (~is_object | (areas >= min_object_px))
    kept[0] = False
    surplus = int(kept.sum()) - MOST_SEGMENTS
    if surplus > 0:
        objects = np.flatnonzero(kept & is_object)
        kept[objects[np.argsort(areas[objects], kind="stable")[:surplus]]] = False
    return kept


def _numbered(
    labels: Labels, class_of_label: list[int], areas: NDArray[np.int64], sums: NDArray[np.float64]
) -> tuple[NDArray[np.uint16], list[SegmentScore]]:
    present = np.flatnonzero(areas)
    present = present[present > 0]
    ids = np.zeros(len(class_of_label), np.uint16)
    ids[present] = np.arange(1, len(present) + 1)
    segments = [
        SegmentScore(int(ids[label]), class_of_label[label], float(sums[label] / areas[label])) for label in present
    ]
    return ids[labels], segments
