"""Batches of a run as a function of the step alone, so that a resumed run sees the same ones."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from segmodels.augment import augmented
from segmodels.data import SampleCache
from segmodels.processes import ALONE, Processes

Made = TypeVar("Made")


@dataclass(frozen=True)
class BatchSource:
    """Draws from the samples of `cache` that have a labelled pixel; of each batch this process' share.

    `blur` and `elastic` are as in `augment.augmented`.
    """

    cache: SampleCache
    batch_size: int
    seed: int
    augment: bool
    blur: float = 0.0
    elastic: float = 0.0
    processes: Processes = ALONE

    def __call__(self, step: int) -> tuple[NDArray[np.uint8], NDArray[np.int16]]:
        """Images uint8 (B, H, W, 3) and targets int16 (B, H, W) of `step`, counted over the whole run."""
        usable = np.flatnonzero(self.cache.labelled)
        own = self.processes.share(self.batch_size)
        start = step * self.batch_size + own.start
        order = sample_order(len(usable), self.seed, start, own.stop - own.start)
        pairs = [self._view(int(usable[drawn]), start + place) for place, drawn in enumerate(order)]
        images, targets = zip(*pairs, strict=True)
        return np.stack(images), np.stack(targets)

    def _view(self, index: int, position: int) -> tuple[NDArray[np.uint8], NDArray[np.int16]]:
        image, target = self.cache.images[index], self.cache.targets[index]
        if not self.augment:
            return image, target
        return augmented(image, target, np.random.default_rng([self.seed, position]), self.blur, self.elastic)


def sample_order(count: int, seed: int, start: int, length: int) -> list[int]:
    """Indices of the samples drawn at positions `start`.. of an endless series of shuffles of `count`.

    A function of its arguments alone, so that a resumed run draws what the first one would have drawn.
    """
    drawn: list[int] = []
    while len(drawn) < length:
        position = start + len(drawn)
        shuffled = np.random.default_rng([seed, position // count]).permutation(count)
        drawn.extend(int(index) for index in shuffled[position % count :][: length - len(drawn)])
    return drawn


def prefetched(make: Callable[[int], Made], steps: range) -> Iterator[tuple[int, Made]]:
    """(step, make(step)) in order, the next batch made in a thread while the present one is in use."""
    with ThreadPoolExecutor(1) as pool:
        pending = pool.submit(make, steps[0]) if steps else None
        for step in steps:
            assert pending is not None
            batch = pending.result()
            pending = pool.submit(make, step + 1) if step + 1 in steps else None
            yield step, batch
