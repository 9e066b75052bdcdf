"""Overlapping tiles with blended borders, for images of any size at bounded memory."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

SMALLEST_WEIGHT = 1e-6

Finished = Callable[[slice, slice, NDArray[np.float32]], None]


@dataclass(frozen=True)
class Axis:
    """The tiles along one side of an image: where each starts, and its weight per px.

    `weights` float32 (tiles, tile): at every px of the image those of all tiles there add up to 1, so a
    blend is a plain sum. They rise as a raised cosine over the middle half of what neighbours share: its outer
    quarter, where the network lacks the surroundings, only counts where there is no other tile.
    """

    length: int
    tile: int
    starts: tuple[int, ...]
    weights: NDArray[np.float32]

    @classmethod
    def cover(cls, length: int, tile: int, overlap: float) -> "Axis":
        """Tiles over 0..length px, evenly spread, neighbours sharing at least `overlap` (0..0.5) of a tile.

        A side shorter than a tile has one tile that reaches beyond it.
        """
        step = max(1, math.floor(tile * (1 - overlap)))
        gaps = max(0, math.ceil((length - tile) / step))
        starts = tuple(round(index * (length - tile) / gaps) for index in range(gaps + 1)) if gaps else (0,)
        return cls(length, tile, starts, _normalised_weights(starts, length, tile))

    def owner(self, place: float) -> int:
        """The tile whose middle is nearest to a place, px."""
        distances = [abs(start + self.tile / 2 - place) for start in self.starts]
        return distances.index(min(distances))

    def settled(self, index: int) -> int:
        """Up to which px all tiles are in after tile `index`: where the next one starts."""
        return self.starts[index + 1] if index + 1 < len(self.starts) else self.length


def _normalised_weights(starts: Sequence[int], length: int, tile: int) -> NDArray[np.float32]:
    shared = max([tile + before - after for before, after in zip(starts, starts[1:], strict=False)], default=0)
    place = np.arange(tile) + 0.5
    from_border = np.minimum(place, tile - place)
    rise = np.clip(2 * from_border / shared - 0.5, 0, 1) if shared > 0 else np.ones(tile)
    window = np.maximum(0.5 - 0.5 * np.cos(np.pi * rise), SMALLEST_WEIGHT)
    total = np.zeros(max(length, tile))
    for start in starts:
        total[start : start + tile] += window
    return np.stack([window / total[start : start + tile] for start in starts]).astype(np.float32)


@dataclass(frozen=True)
class TileGrid:
    """Tiles of one image in reading order."""

    rows: Axis
    columns: Axis

    @classmethod
    def cover(cls, size: tuple[int, int], tile_size: tuple[int, int], overlap: float) -> "TileGrid":
        height, width = size
        return cls(Axis.cover(height, tile_size[0], overlap), Axis.cover(width, tile_size[1], overlap))

    def __len__(self) -> int:
        return len(self.rows.starts) * len(self.columns.starts)

    def owner(self, place: tuple[float, float]) -> tuple[int, int]:
        """Row and column of the tile whose middle is nearest to (y, x), px."""
        return self.rows.owner(place[0]), self.columns.owner(place[1])

    def cut(self, image: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
        """The tiles of a (H, W, 3) image; beyond its border its edge is repeated."""
        below = max(0, self.rows.tile - image.shape[0])
        right = max(0, self.columns.tile - image.shape[1])
        if below or right:
            image = np.asarray(cv2.copyMakeBorder(image, 0, below, 0, right, cv2.BORDER_REPLICATE), np.uint8)
        for top in self.rows.starts:
            for left in self.columns.starts:
                yield image[top : top + self.rows.tile, left : left + self.columns.tile]


def blend(grid: TileGrid, tiles: Iterator[NDArray[np.float32]], finished: Finished) -> None:
    """Add up the (C, tile, tile) results of the grid's tiles, which come in reading order.

    `finished` is handed every part of the image once, as soon as no later tile reaches it: rows, columns
    and the (C, rows, columns) blend. Held in memory are a tile and, across the image, the rows that the
    next row of tiles still reaches.
    """
    above: NDArray[np.float32] | None = None
    for row in range(len(grid.rows.starts)):
        above = _blend_row(grid, row, tiles, above, finished)


def _blend_row(
    grid: TileGrid,
    row: int,
    tiles: Iterator[NDArray[np.float32]],
    above: NDArray[np.float32] | None,
    finished: Finished,
) -> NDArray[np.float32]:
    """One row of tiles; takes the sums that rows above left for it and returns those for the next row."""
    top, bottom = grid.rows.starts[row], grid.rows.settled(row)
    below: NDArray[np.float32] | None = None
    carried: NDArray[np.float32] | None = None
    for column, left in enumerate(grid.columns.starts):
        right = grid.columns.settled(column)
        sums = next(tiles) * (grid.rows.weights[row][:, None] * grid.columns.weights[column])
        if carried is not None:
            sums[:, :, : carried.shape[2]] += carried
        carried = sums[:, :, right - left :].copy()
        sums = sums[:, :, : right - left]
        if above is not None:
            sums[:, : above.shape[1]] += above[:, :, left:right]
        finished(slice(top, bottom), slice(left, right), sums[:, : bottom - top])
        rest = sums[:, bottom - top :]
        if below is None:
            below = np.empty((rest.shape[0], rest.shape[1], grid.columns.length), np.float32)
        below[:, :, left:right] = rest
    assert below is not None
    return below
