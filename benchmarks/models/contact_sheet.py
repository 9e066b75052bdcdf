"""A sheet of small pictures: image, outlines of the true objects, outlines of the found ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

SIDE_PX, GAP_PX, HEAD_PX = 200, 6, 22
TITLES = ("image", "truth", "found")
TRUE_COLOUR, FOUND_COLOUR = (0, 158, 115), (213, 94, 0)
COLOURS = 96


@dataclass(frozen=True)
class Row:
    """`image` uint8 (H, W, 3); `true` and `found` whole numbers (H, W), 0 = no object, else which one."""

    image: NDArray[np.uint8]
    true: NDArray[np.integer]
    found: NDArray[np.integer]


def save_contact_sheet(path: Path, rows: Sequence[Row]) -> int:
    """Write a PNG of a few colours; returns its bytes. Rows stand side by side, two blocks of columns."""
    blocks = 2 if len(rows) > 1 else 1
    lines = -(-len(rows) // blocks)
    pitch = SIDE_PX + GAP_PX
    size = (blocks * len(TITLES) * pitch + GAP_PX, lines * pitch + GAP_PX + HEAD_PX)
    sheet = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(sheet)
    for column in range(blocks * len(TITLES)):
        pen.text((GAP_PX + column * pitch, GAP_PX), TITLES[column % len(TITLES)], fill="black")
    for index, row in enumerate(rows):
        left = (index % blocks) * len(TITLES) * pitch + GAP_PX
        top = (index // blocks) * pitch + HEAD_PX
        for place, picture in enumerate(_pictures(row)):
            sheet.paste(Image.fromarray(picture), (left + place * pitch, top))
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    return path.stat().st_size


def outlines(objects: NDArray[np.integer]) -> NDArray[np.bool_]:
    """(H, W): the pixels of each object that touch another number or lie at the edge."""
    padded = np.pad(objects, 1)
    middle = padded[1:-1, 1:-1]
    neighbours = (padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:])
    differs = np.zeros(objects.shape, bool)
    for neighbour in neighbours:
        differs |= neighbour != middle
    return differs & (objects > 0)


def _pictures(row: Row) -> list[NDArray[np.uint8]]:
    image, true, found = (_square(array) for array in (row.image, row.true, row.found))
    return [image, _outlined(image, true, TRUE_COLOUR), _outlined(image, found, FOUND_COLOUR)]


def _outlined(
    image: NDArray[np.uint8], objects: NDArray[np.integer], colour: tuple[int, int, int]
) -> NDArray[np.uint8]:
    drawn = image.copy()
    drawn[outlines(objects)] = colour
    return drawn


def _square(array: NDArray) -> NDArray:
    """The middle square at the sheet's size, object numbers by nearest neighbour."""
    height, width = array.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    window = np.ascontiguousarray(array[top : top + side, left : left + side])
    if array.ndim == 3:
        return np.asarray(cv2.resize(window, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(cv2.resize(window.astype(np.int16), (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_NEAREST))
