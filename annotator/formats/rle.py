"""COCO run-length encoding: runs of 0 and 1 down the columns, first a run of 0.

Counts that come from a file are checked here before any C code or allocation sees them. The string
form is that of pycocotools (maskApi.c, rleToString): six bits per character, differences from the
third count on.
"""

from typing import Any, TypedDict

import numpy as np
from pycocotools import mask as coco_mask

from annotator.phrase import Phrase


class Rle(TypedDict):
    """The form that COCO JSON and pycocotools share; size is [height, width]."""

    size: list[int]
    counts: str


class BadSegmentation(ValueError):
    """A segmentation that does not describe pixels of its image."""


def encode_segments(label_map: np.ndarray) -> dict[int, np.ndarray]:
    """Run counts of every segment id but 0 of a label map (H, W), in one pass over the pixels."""
    flat = label_map.ravel(order="F")
    edges = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    starts = np.concatenate(([0], edges))
    ends = np.concatenate((edges, [flat.size]))
    values = flat[starts]
    order = np.argsort(values, kind="stable")
    ids, firsts = np.unique(values[order], return_index=True)
    groups = np.split(order, firsts[1:])
    return {
        int(i): np.diff(np.stack((starts[g], ends[g]), axis=1).ravel(), prepend=0, append=flat.size)
        for i, g in zip(ids, groups, strict=True)
        if i
    }


def to_rle(counts: np.ndarray, height: int, width: int) -> Rle:
    """Compressed RLE, as text that goes into JSON."""
    packed = coco_mask.frPyObjects({"size": [height, width], "counts": counts.tolist()}, height, width)
    return {"size": [height, width], "counts": packed["counts"].decode("ascii")}


def area(counts: np.ndarray) -> int:
    return int(counts[1::2].sum())


def bounding_box(counts: np.ndarray, height: int) -> list[int]:
    """[x, y, width, height] in px of a region that has pixels."""
    edges = np.cumsum(counts)
    starts, lasts = edges[:-1:2], edges[1::2] - 1
    filled = lasts >= starts
    starts, lasts = starts[filled], lasts[filled]
    left, right = int(starts[0] // height), int(lasts[-1] // height)
    if np.any(starts // height != lasts // height):
        # A run that passes the foot of a column holds that column's last row and the next one's first.
        return [left, 0, right - left + 1, height]
    top, bottom = int((starts % height).min()), int((lasts % height).max())
    return [left, top, right - left + 1, bottom - top + 1]


def paint(flat: np.ndarray, counts: np.ndarray, value: int) -> None:
    """Write `value` where the region is, into a label map that was ravelled down its columns."""
    edges = np.cumsum(counts)
    for start, end in zip(edges[:-1:2].tolist(), edges[1::2].tolist(), strict=True):
        flat[start:end] = value


def parse_segmentation(segmentation: Any, height: int, width: int) -> np.ndarray:
    """Run counts of a COCO segmentation: polygons, compressed or uncompressed RLE.

    Raises BadSegmentation. An even number of counts comes back, that sum to height x width.
    """
    if isinstance(segmentation, list):
        return _counts_of_polygons(segmentation, height, width)
    if not isinstance(segmentation, dict):
        raise BadSegmentation(Phrase("the segmentation is neither polygons nor RLE"))
    if segmentation.get("size") != [height, width]:
        raise BadSegmentation(
            Phrase(
                "the RLE has size {size}, the image [{height}, {width}]",
                size=repr(segmentation.get("size")),
                height=height,
                width=width,
            )
        )
    counts = segmentation.get("counts")
    if isinstance(counts, str):
        counts = _counts_of_string(counts)
    if not isinstance(counts, list) or not all(isinstance(c, int) and c >= 0 for c in counts):
        raise BadSegmentation(Phrase("the RLE counts are not whole numbers of pixels"))
    if sum(counts) != height * width:
        raise BadSegmentation(
            Phrase(
                "the RLE covers {count:,} pixels, the image has {pixels:,}", count=sum(counts), pixels=height * width
            )
        )
    return _even(counts)


def _even(counts: list[int]) -> np.ndarray:
    return np.array(counts + [0] * (len(counts) % 2), np.int64)


def _counts_of_string(text: str) -> list[int]:
    counts: list[int] = []
    position, codes = 0, [ord(c) - 48 for c in text]
    while position < len(codes):
        value = shift = 0
        more = True
        while more:
            if position >= len(codes) or not 0 <= codes[position] < 64 or shift > 60:
                raise BadSegmentation(Phrase("the RLE string is damaged"))
            code = codes[position]
            value |= (code & 31) << shift
            more = bool(code & 32)
            position, shift = position + 1, shift + 5
        if code & 16:
            value -= 1 << shift
        counts.append(value + counts[-2] if len(counts) > 2 else value)
    return counts


def _counts_of_polygons(polygons: list[Any], height: int, width: int) -> np.ndarray:
    if not polygons:
        raise BadSegmentation(Phrase("the segmentation is empty"))
    for polygon in polygons:
        if not isinstance(polygon, list) or len(polygon) < 6 or len(polygon) % 2:
            raise BadSegmentation(Phrase("a polygon needs at least three x, y pairs"))
        if not all(isinstance(v, int | float) and not isinstance(v, bool) for v in polygon):
            raise BadSegmentation(Phrase("a polygon holds something that is not a number"))
        try:
            points = np.array(polygon, np.float64).reshape(-1, 2)
        except OverflowError as error:
            raise BadSegmentation(Phrase("a polygon holds a number that is too large")) from error
        # maskApi walks every pixel of an edge, so an edge far outside would cost memory without end.
        if not (np.all(points >= [-width, -height]) and np.all(points <= [2 * width, 2 * height])):
            raise BadSegmentation(
                Phrase("a polygon reaches far outside the image of {width}x{height}", width=width, height=height)
            )
    packed = coco_mask.merge(coco_mask.frPyObjects(polygons, height, width))
    return _even(_counts_of_string(packed["counts"].decode("ascii")))
