"""Mask files: from the values in a PNG to a label map and its segments."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from annotator.formats.classtable import UNLABELLED_8_BIT, UNLABELLED_16_BIT, ClassTable
from annotator.formats.sample import ClassInfo, SampleSegment
from annotator.imagefile import DECODE_ERRORS, BadFile, open_image, sniff_format
from annotator.phrase import Phrase

MAX_SEGMENTS = 65535
# Pillow spreads grey of 2 and 4 bits over 0..255, as a picture needs it; a mask needs the values.
_WIDENED_BY = {"L;2": 85, "L;4": 17}


class Labels(NamedTuple):
    """A label map uint16 (H, W) and the segments its ids name."""

    label_map: np.ndarray
    segments: tuple[SampleSegment, ...]


def read_mask(path: Path, *, name: str, width: int, height: int) -> np.ndarray:
    """Values of a mask: (H, W) uint8 or uint16, or (H, W, 3) uint8 for a mask painted in colours.

    The size is compared before anything is decoded. Raises BadFile.
    """
    if sniff_format(path, name=name) in ("JPEG", "WebP"):
        raise BadFile(name, Phrase("a mask must be lossless: PNG, TIFF or BMP"))
    with open_image(path, name=name, max_pixels=None) as image:
        if image.size != (width, height):
            sizes = f"{image.width}x{image.height} but the image is {width}x{height}"
            raise BadFile(name, Phrase("the mask is {sizes} (upright, by its EXIF data)", sizes=sizes))
        try:
            widened_by = _WIDENED_BY.get(str(image.tile[0].args), 1) if image.tile else 1
            image.load()
            values = np.asarray(image.convert("RGB") if image.mode in ("RGB", "RGBA") else image)
        except DECODE_ERRORS as error:
            raise BadFile(name, Phrase("the mask cannot be decoded ({reason})", reason=error)) from error
    if values.ndim == 2 and values.dtype == bool:
        return values.astype(np.uint8)
    if values.ndim == 2 and values.dtype.kind in "iu" and values.min() >= 0 and values.max() <= 65535:
        return values.astype(np.uint8 if values.dtype.itemsize == 1 else np.uint16) // widened_by
    if values.ndim == 3 and values.shape[2] == 3:
        return values
    raise BadFile(name, Phrase("a mask has one channel of 8 or 16 bits, or colours that classes.json lists"))


def labels_from_classes(values: np.ndarray, table: ClassTable, *, name: str) -> Labels:
    """Mask of class ids -> one segment per class that is present. Raises BadFile on unknown ids."""
    if values.ndim == 3:
        values = _values_of_colors(values, table, name)
    present = _present_values(values, table, name)
    lookup = np.zeros(int(values.max()) + 1, np.uint16)
    for segment, value in enumerate(present, 1):
        lookup[value] = segment
    segments = tuple(SampleSegment(i, table.by_value[v].name) for i, v in enumerate(present, 1))
    return Labels(lookup[values], segments)


def labels_from_objects(values: np.ndarray, objects: np.ndarray, table: ClassTable, *, name: str) -> Labels:
    """Mask of class ids and mask of object numbers (0 = none) -> a segment per class and object."""
    if values.ndim != 2 or objects.ndim != 2:
        raise BadFile(name, Phrase("masks of classes and of objects have one channel"))
    present = _present_values(values, table, name)
    stuff = [value for value in present if table.by_value[value].kind == "stuff"]
    pairs = values.astype(np.uint32) << 16 | np.where(np.isin(values, stuff), 0, objects)
    known = np.isin(values, present)
    found = np.unique(pairs[known])
    if len(found) > MAX_SEGMENTS:
        raise BadFile(
            name,
            Phrase("the mask holds {count:,} segments; {most:,} are possible", count=len(found), most=MAX_SEGMENTS),
        )
    label_map = np.zeros(values.shape, np.uint16)
    label_map[known] = np.searchsorted(found, pairs[known]) + 1
    segments = tuple(SampleSegment(i, table.by_value[int(p) >> 16].name) for i, p in enumerate(found, 1))
    return Labels(label_map, segments)


def labels_from_instances(values: np.ndarray, thing: ClassInfo, background: ClassInfo | None, *, name: str) -> Labels:
    """Mask of object numbers -> one segment per object, or one for all where `thing` is a stuff class.

    0 is `background`, or unlabelled without one. Raises BadFile.
    """
    if values.ndim != 2:
        raise BadFile(name, Phrase("a mask of object numbers has one channel"))
    if thing.kind == "stuff":
        values = (values > 0).astype(np.uint8)
    found = np.unique(values)
    if background is None:
        found = found[found > 0]
    if len(found) > MAX_SEGMENTS:
        raise BadFile(
            name, Phrase("the mask holds {count:,} objects; {most:,} are possible", count=len(found), most=MAX_SEGMENTS)
        )
    lookup = np.zeros(int(values.max()) + 1, np.uint16)
    lookup[found] = np.arange(1, len(found) + 1)
    classes = (background if value == 0 and background else thing for value in found)
    return Labels(lookup[values], tuple(SampleSegment(i, c.name) for i, c in enumerate(classes, 1)))


def _present_values(values: np.ndarray, table: ClassTable, name: str) -> list[int]:
    """The class ids in a mask, without the value that means unlabelled."""
    found = [int(v) for v in np.unique(values)]
    if not table.declared and found == [0, 255]:
        raise BadFile(name, Phrase("the mask is black and white (0 and 255); classes.json must say what they mean"))
    unlabelled = table.unlabelled
    if unlabelled is None:
        unlabelled = UNLABELLED_8_BIT if values.dtype == np.uint8 else UNLABELLED_16_BIT
    unknown = [v for v in found if v not in table.by_value and v != unlabelled]
    if unknown:
        shown = ", ".join(map(str, unknown[:5])) + (", ..." if len(unknown) > 5 else "")
        if table.declared:
            raise BadFile(name, Phrase("the mask has class id {value}, which classes.json does not have", value=shown))
        raise BadFile(name, Phrase("the mask has class id {value}, which the project does not have", value=shown))
    return [v for v in found if v in table.by_value]


def _values_of_colors(values: np.ndarray, table: ClassTable, name: str) -> np.ndarray:
    packed = values[..., 0].astype(np.uint32) << 16 | values[..., 1].astype(np.uint32) << 8 | values[..., 2]
    colors, inverse = np.unique(packed, return_inverse=True)
    codes = np.empty(len(colors), np.uint16)
    for index, color in enumerate(map(int, colors)):
        value = table.colors.get((color >> 16, color >> 8 & 255, color & 255))
        if value is None:
            raise BadFile(
                name, Phrase("the mask has the colour #{color:06x}, which classes.json does not list", color=color)
            )
        codes[index] = value
    return codes[inverse].reshape(packed.shape)
