"""An image as a pyramid of tiles, so that of a large one only what is looked at is fetched and decoded.

Level 0 is the image in full size, each next level half of it (box filter), down to one that is a single tile. A tile
is at most 512 px square, smaller at the right and bottom edge. All tiles lie in one uncompressed zip, named
"<level>/<column>-<row>", so a tile is a range of bytes of one file.
"""

import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from PIL import Image

TILE_PX = 512
QUALITY = 90
_LOCAL_HEADER_BYTES = 30

# {name of a tile: (offset, size) in the file}
TileIndex = dict[str, tuple[int, int]]


def level_count(width: int, height: int) -> int:
    """Levels of an image of this size, 1 where it fits into one tile."""
    longest_px, levels = max(width, height), 1
    while longest_px > TILE_PX:
        longest_px, levels = -(-longest_px // 2), levels + 1
    return levels


def level_size(width: int, height: int, level: int) -> tuple[int, int]:
    """Width and height of a level in its own pixels."""
    for _ in range(level):
        width, height = -(-width // 2), -(-height // 2)
    return width, height


def tile_name(level: int, column: int, row: int) -> str:
    return f"{level}/{column}-{row}"


def write_pyramid(image: Image.Image, path: Path, progress: Callable[[float], None]) -> None:
    """Write the pyramid of an image of mode L or RGB to `path`; `progress` is told the share that is done, 0..1.

    JPEG without chroma subsampling: coloured edges stay where they are. Memory: the image and its half.
    """
    total = sum(1 for _ in _all_tiles(image.width, image.height))
    done = 0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for level in range(level_count(image.width, image.height)):
            if level:
                image = image.reduce(2)
            for column, row in _tiles(image.width, image.height):
                archive.writestr(tile_name(level, column, row), _encoded(image, column, row))
                done += 1
                progress(done / total)


def _all_tiles(width: int, height: int) -> Iterator[tuple[int, int]]:
    for level in range(level_count(width, height)):
        yield from _tiles(*level_size(width, height, level))


def _tiles(width: int, height: int) -> Iterator[tuple[int, int]]:
    for row in range(-(-height // TILE_PX)):
        for column in range(-(-width // TILE_PX)):
            yield column, row


def _encoded(image: Image.Image, column: int, row: int) -> bytes:
    left, top = column * TILE_PX, row * TILE_PX
    tile = image.crop((left, top, min(left + TILE_PX, image.width), min(top + TILE_PX, image.height)))
    out = io.BytesIO()
    tile.save(out, "JPEG", quality=QUALITY, subsampling=0)
    return out.getvalue()


def read_index(file: IO[bytes]) -> TileIndex:
    """Where each tile of a pyramid lies."""
    with zipfile.ZipFile(file) as archive:
        return {
            entry.filename: (entry.header_offset + _LOCAL_HEADER_BYTES + len(entry.filename), entry.file_size)
            for entry in archive.infolist()
        }
