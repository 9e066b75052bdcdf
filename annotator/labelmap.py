"""Label maps: one uint16 array (height, width) per image, kept as a tiled TIFF.

0 is unlabelled, 1..65535 are segment ids. The TIFF has 256x256 tiles, uint16 little-endian, zlib ("deflate")
compression, padded with 0 at the right and bottom, and the table of segments as JSON in ImageDescription, so any
program that knows TIFF opens it. Replacing tiles copies the untouched ones as they are, still compressed.
"""

import io
import json
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image as PillowImage

from annotator.phrase import Phrase, counted

TILE = 256
TILE_BYTES = TILE * TILE * 2
LARGEST_ID = 65535
_COMPRESSION_LEVEL = 6
_BLANK_TILE = zlib.compress(bytes(TILE_BYTES), _COMPRESSION_LEVEL)
# Labels of a tile are rarely a tenth of this; what is larger may come from a client that hardly compresses.
_WELL_PACKED_BYTES = TILE_BYTES // 8

LabelArray = NDArray[np.uint16]
SegmentRow = dict[str, Any]


class LabelMapError(ValueError):
    """A label map, tile or table of segments that cannot be taken; the message says why."""


@dataclass(frozen=True)
class Grid:
    """The tiles of an image; index runs row by row."""

    width: int
    height: int

    @property
    def columns(self) -> int:
        return -(-self.width // TILE)

    @property
    def rows(self) -> int:
        return -(-self.height // TILE)

    @property
    def count(self) -> int:
        return self.columns * self.rows

    def window(self, index: int) -> tuple[slice, slice]:
        """Where tile `index` lies in the array, cut off at the image's edge."""
        row, column = divmod(index, self.columns)
        top, left = row * TILE, column * TILE
        return slice(top, min(top + TILE, self.height)), slice(left, min(left + TILE, self.width))


class LabelTiff:
    """A stored label map whose tiles stay compressed until they are asked for."""

    def __init__(self, grid: Grid, tiles: Sequence[bytes], segments: list[SegmentRow]):
        self.grid = grid
        self.tiles = list(tiles)
        self.segments = segments

    @classmethod
    def blank(cls, width: int, height: int) -> "LabelTiff":
        grid = Grid(width, height)
        return cls(grid, [_BLANK_TILE] * grid.count, [])

    @classmethod
    def from_array(cls, array: LabelArray, segments: list[SegmentRow], level: int = _COMPRESSION_LEVEL) -> "LabelTiff":
        """Compress an array (height, width) of uint16, at zlib's `level`."""
        height, width = array.shape
        grid = Grid(width, height)
        return cls(grid, [compress_tile(array[grid.window(index)], level) for index in range(grid.count)], segments)

    @classmethod
    def from_bytes(cls, data: bytes) -> "LabelTiff":
        """Read a label map that this class wrote, without decompressing it.

        Raises LabelMapError for anything else.
        """
        try:
            with tifffile.TiffFile(io.BytesIO(data)) as tiff:
                page = tiff.pages.first
                if (page.tilewidth, page.tilelength, page.dtype, int(page.compression)) != (
                    TILE,
                    TILE,
                    np.uint16,
                    8,
                ):
                    raise LabelMapError(
                        Phrase("not a label map: expected 256x256 tiles of uint16 with deflate compression")
                    )
                grid = Grid(page.imagewidth, page.imagelength)
                sizes = page.databytecounts
                spans = zip(page.dataoffsets, sizes, strict=True)
                tiles = [bytes(data[offset : offset + size]) for offset, size in spans]
                segments = json.loads(page.description or "{}").get("segments", [])
        except (tifffile.TiffFileError, json.JSONDecodeError, struct.error, ValueError) as error:
            if isinstance(error, LabelMapError):
                raise
            raise LabelMapError(Phrase("not a readable label map: {reason}", reason=error)) from error
        if len(tiles) != grid.count:
            raise LabelMapError(Phrase("a label map of {count} tiles has {found}", count=grid.count, found=len(tiles)))
        if [len(tile) for tile in tiles] != list(sizes):
            raise LabelMapError(Phrase("the label map is cut off"))
        return cls(grid, tiles, segments)

    def to_bytes(self) -> bytes:
        """The TIFF file."""
        out = io.BytesIO()
        tifffile.imwrite(
            out,
            iter(self.tiles),
            shape=(self.grid.height, self.grid.width),
            dtype=np.uint16,
            byteorder="<",
            tile=(TILE, TILE),
            compression="zlib",
            photometric="minisblack",
            description=json.dumps({"segments": self.segments}, separators=(",", ":")),
            metadata=None,
            software="Maskloop",
        )
        return out.getvalue()

    def tile(self, index: int) -> LabelArray:
        """Tile `index` as (256, 256) uint16, padded with 0."""
        return decompress_tile(self.tiles[index])

    def array(self) -> LabelArray:
        """The whole label map as (height, width) uint16."""
        array = np.zeros((self.grid.height, self.grid.width), np.uint16)
        for index, packed in enumerate(self.tiles):
            if packed != _BLANK_TILE:
                rows, columns = self.grid.window(index)
                tile = decompress_tile(packed)
                array[rows, columns] = tile[: rows.stop - rows.start, : columns.stop - columns.start]
        return array

    def drawn_tiles(self) -> list[int]:
        """Indices of the tiles that hold labels, told without unpacking one.

        Files from before blank tiles were the same bytes everywhere may have a few too many.
        """
        return [index for index, packed in enumerate(self.tiles) if packed != _BLANK_TILE]

    def with_tiles(self, changed: Mapping[int, "PackedTile"], segments: list[SegmentRow]) -> "LabelTiff":
        """A copy in which the tiles `changed` and the table are new."""
        tiles = list(self.tiles)
        for index, tile in changed.items():
            tiles[index] = tile.packed
        return LabelTiff(self.grid, tiles, segments)


@dataclass(frozen=True)
class PackedTile:
    """A tile as zlib bytes; of one that a client sent it shows when it is unpacked whether they are a tile."""

    packed: bytes

    @classmethod
    def of(cls, array: LabelArray) -> "PackedTile":
        return cls(compress_tile(array))

    def kept(self, array: LabelArray) -> "PackedTile":
        """The tile as a label map keeps it; `array` is what it unpacks to.

        Compressed again only where the client did not try.
        """
        if not array.any():
            return PackedTile(_BLANK_TILE)
        return self if len(self.packed) <= _WELL_PACKED_BYTES else PackedTile.of(array)


def compress_tile(array: LabelArray, level: int = _COMPRESSION_LEVEL) -> bytes:
    """Compress up to (256, 256) uint16, padding with 0; an unlabelled tile is the same bytes at every level."""
    if not array.any():
        return _BLANK_TILE
    if array.shape != (TILE, TILE):
        padded = np.zeros((TILE, TILE), np.uint16)
        padded[: array.shape[0], : array.shape[1]] = array
        array = padded
    return zlib.compress(np.ascontiguousarray(array, "<u2").tobytes(), level)


def decompress_tile(packed: bytes) -> LabelArray:
    """(256, 256) uint16 of one tile. Raises LabelMapError where the bytes are not exactly one tile."""
    inflater = zlib.decompressobj()
    try:
        # One byte more than a tile is enough to see that it is too long: a bomb is never inflated.
        data = inflater.decompress(packed, TILE_BYTES + 1)
    except zlib.error as error:
        raise LabelMapError(Phrase("a tile is not zlib data: {reason}", reason=error)) from error
    if len(data) != TILE_BYTES or not inflater.eof or inflater.unused_data:
        raise LabelMapError(Phrase("a tile must inflate to {size} bytes", size=TILE_BYTES))
    return np.frombuffer(data, "<u2").reshape(TILE, TILE).astype(np.uint16, copy=False)


def parse_tile_records(data: bytes, grid: Grid) -> dict[int, PackedTile]:
    """Tiles of a save by their index: records of uint32 index, uint32 length, zlib bytes (little-endian).

    They stay packed; what they hold `unpack_tiles` checks. Raises LabelMapError for a cut-off record, an index outside
    the image, or a tile that comes twice.
    """
    tiles: dict[int, PackedTile] = {}
    position = 0
    while position < len(data):
        if position + 8 > len(data):
            raise LabelMapError(Phrase("the list of tiles is cut off"))
        index, length = struct.unpack_from("<II", data, position)
        position += 8
        if position + length > len(data):
            raise LabelMapError(Phrase("tile {index} is cut off", index=index))
        if index >= grid.count:
            raise LabelMapError(
                counted(
                    "tile {index} lies outside the image, which has {count} tile",
                    "tile {index} lies outside the image, which has {count} tiles",
                    grid.count,
                    index=index,
                )
            )
        if index in tiles:
            raise LabelMapError(Phrase("tile {index} comes twice", index=index))
        tiles[index] = PackedTile(data[position : position + length])
        position += length
    return tiles


def unpack_tiles(sent: Mapping[int, PackedTile], before: LabelTiff) -> tuple[dict[int, PackedTile], dict[int, int]]:
    """The tiles of a save as the label map keeps them, and the pixels that each segment won against `before`.

    One tile is unpacked at a time, however many there are. The second is as `count_changes` says. Raises LabelMapError
    for what is no tile, and for pixels set in the padding.
    """
    kept: dict[int, PackedTile] = {}

    def pairs() -> Iterator[tuple[LabelArray, LabelArray]]:
        for index, tile in sent.items():
            array = decompress_tile(tile.packed)
            rows, columns = before.grid.window(index)
            if array[rows.stop - rows.start :].any() or array[:, columns.stop - columns.start :].any():
                raise LabelMapError(Phrase("tile {index} has labels outside the image", index=index))
            kept[index] = tile.kept(array)
            yield before.tile(index), array

    won = count_changes(pairs())
    return kept, won


def count_pixels(arrays: Iterable[LabelArray]) -> dict[int, int]:
    """Pixels of each segment id over all arrays, unlabelled left out."""
    counts = np.zeros(LARGEST_ID + 1, np.int64)
    for array in arrays:
        found = np.bincount(array.ravel())
        counts[: found.size] += found
    counts[0] = 0
    return {int(segment): int(counts[segment]) for segment in np.flatnonzero(counts)}


def count_changes(pairs: Iterable[tuple[LabelArray, LabelArray]]) -> dict[int, int]:
    """Pixels that each segment won (or lost, below 0), over pairs of the same tile before and after.

    Names every segment whose pixels changed, those with as many won as lost too; unlabelled is left out.
    """
    won = np.zeros(LARGEST_ID + 1, np.int64)
    touched = np.zeros(LARGEST_ID + 1, bool)
    for before, after in pairs:
        # A stroke changes few pixels of a tile: counting those alone is much less than counting both tiles.
        differs = np.flatnonzero(before.ravel() != after.ravel())
        for array, sign in ((before, -1), (after, 1)):
            ids = array.ravel()[differs]
            touched[ids] = True
            found = np.bincount(ids)
            won[: found.size] += sign * found
    touched[0] = False
    return {int(segment): int(won[segment]) for segment in np.flatnonzero(touched)}


def changed_tiles(before: LabelTiff, after: LabelTiff) -> Iterator[int]:
    """Indices of the tiles that differ in a pixel."""
    for index, (old, new) in enumerate(zip(before.tiles, after.tiles, strict=True)):
        if old != new and not np.array_equal(decompress_tile(old), decompress_tile(new)):
            yield index


def to_png(array: LabelArray) -> bytes:
    """A 16-bit grey PNG of (height, width) uint16."""
    out = io.BytesIO()
    PillowImage.fromarray(array).save(out, "png")
    return out.getvalue()


def from_image_file(data: bytes, *, width: int, height: int) -> LabelArray:
    """A label map from an uploaded 8- or 16-bit grey PNG or TIFF, (height, width) uint16.

    The header is checked before a pixel is decoded. Raises LabelMapError for another size or kind of file.
    """
    try:
        with PillowImage.open(io.BytesIO(data), formats=["PNG", "TIFF"]) as picture:
            if picture.size != (width, height):
                found = f"{picture.width}x{picture.height}"
                raise LabelMapError(
                    Phrase(
                        "the label map is {found}, the image is {width}x{height}",
                        found=found,
                        width=width,
                        height=height,
                    )
                )
            if picture.mode not in {"L", "P", "I;16", "I;16B", "I"}:
                raise LabelMapError(Phrase("the label map must be 8- or 16-bit grey, not {mode}", mode=picture.mode))
            array = np.asarray(picture)
    except LabelMapError:
        raise
    except (OSError, ValueError, SyntaxError, PillowImage.DecompressionBombError) as error:
        raise LabelMapError(Phrase("the label map is no readable PNG or TIFF: {reason}", reason=error)) from error
    if array.min() < 0 or array.max() > LARGEST_ID:
        raise LabelMapError(Phrase("segment ids must be 0..{largest}", largest=LARGEST_ID))
    return array.astype(np.uint16)
