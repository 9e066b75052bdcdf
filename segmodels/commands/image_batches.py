"""Images in batches that fit into memory whatever their size."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

MOST_PIXELS = 1 << 24

Item = TypeVar("Item")


def in_batches(
    items: Iterable[Item], size: int, image_of: Callable[[Item], NDArray[np.uint8]], most_pixels: int = MOST_PIXELS
) -> Iterator[list[Item]]:
    """Lists of up to `size` items, closed earlier once their images have `most_pixels` together."""
    batch: list[Item] = []
    pixels = 0
    for item in items:
        height, width = image_of(item).shape[:2]
        batch.append(item)
        pixels += height * width
        if len(batch) == size or pixels >= most_pixels:
            yield batch
            batch, pixels = [], 0
    if batch:
        yield batch
