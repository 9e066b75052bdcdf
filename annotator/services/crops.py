"""Pixels of a part of an image, for work that a person waits for: quickly, and never more than asked for."""

import io
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray
from PIL import Image as PillowImage

from annotator import storage
from annotator.imagefile import read_rgb
from annotator.models import Image
from annotator.pyramid import TILE_PX, level_count, level_size
from annotator.services import pyramids
from annotator.services.errors import Conflict, ServiceError

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Box:
    """A part of an image in its pixels; x1 and y1 are exclusive."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def width(self) -> int:
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        return self.y1 - self.y0

    def widened(self, margin_px: int, image: Image) -> "Box":
        """With a margin on every side, as far as the image reaches."""
        return Box(
            max(0, self.x0 - margin_px),
            max(0, self.y0 - margin_px),
            min(image.width, self.x1 + margin_px),
            min(image.height, self.y1 + margin_px),
        )


def box_of(image: Image, corners: tuple[int, int, int, int]) -> Box:
    """A box that was drawn on an image, cut at its edges. Raises ServiceError where nothing of it is left."""
    x0, y0, x1, y1 = corners
    box = Box(max(0, x0), max(0, y0), min(image.width, x1), min(image.height, y1))
    if box.width <= 0 or box.height <= 0:
        raise ServiceError(
            _("The box {box} has no pixels in {name}; x1 and y1 are exclusive.").format(
                box=list(corners), name=image.name
            )
        )
    return box


def read_crop(image: Image, box: Box, *, max_pixels: int, may_decode_large: bool = False) -> Pixels:
    """RGB (height, width, 3) uint8 of a box, scaled down to at most about `max_pixels`, its sides in proportion.

    A large image is read from its pyramid. While that is not made, Conflict is raised, or the whole image decoded
    where the caller (a worker) has the memory and the time for it.
    """
    scale = min(1.0, (max_pixels / (box.width * box.height)) ** 0.5)
    size = max(1, round(box.width * scale)), max(1, round(box.height * scale))
    if image.pyramid_key:
        pixels = _from_pyramid(image, box, scale)
    elif not pyramids.needs_pyramid(image):
        pixels = _decoded(image.file_key, image.name)[box.y0 : box.y1, box.x0 : box.x1]
    elif may_decode_large:
        pixels = read_rgb(storage.get(image.file_key), name=image.name)[box.y0 : box.y1, box.x0 : box.x1]
    else:
        raise Conflict(_("{name} is still being prepared; try again in a moment.").format(name=image.name))
    if pixels.shape[1::-1] == size:
        return np.ascontiguousarray(pixels)
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


@lru_cache(maxsize=1)
def _decoded(file_key: str, name: str) -> Pixels:
    """The last image, kept decoded: one person asks for many parts of one image. At most PYRAMID_PIXELS large."""
    return read_rgb(storage.get(file_key), name=name)


def _from_pyramid(image: Image, box: Box, scale: float) -> Pixels:
    """The box from the coarsest level that still has the detail of `scale`."""
    level = min(max(0, int(np.log2(1 / scale))), level_count(image.width, image.height) - 1)
    width, height = level_size(image.width, image.height, level)
    reduction = 1 << level
    x0, y0 = box.x0 // reduction, box.y0 // reduction
    x1, y1 = min(width, -(-box.x1 // reduction)), min(height, -(-box.y1 // reduction))
    pixels = np.empty((y1 - y0, x1 - x0, 3), np.uint8)
    for row in range(y0 // TILE_PX, -(-y1 // TILE_PX)):
        for column in range(x0 // TILE_PX, -(-x1 // TILE_PX)):
            tile = _tile(image, level, column, row)
            left, top = column * TILE_PX, row * TILE_PX
            # The part of the tile that lies in the box, in both frames.
            a0, b0 = max(x0, left), max(y0, top)
            a1, b1 = min(x1, left + tile.shape[1]), min(y1, top + tile.shape[0])
            pixels[b0 - y0 : b1 - y0, a0 - x0 : a1 - x0] = tile[b0 - top : b1 - top, a0 - left : a1 - left]
    return pixels


def _tile(image: Image, level: int, column: int, row: int) -> Pixels:
    with PillowImage.open(io.BytesIO(pyramids.read_tile(image, level, column, row)), formats=["JPEG"]) as picture:
        return np.asarray(picture.convert("RGB"))
