"""Images and their objects at working size, read once and kept in files that vanish with the process."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from segmodels.batches import sample_order
from segmodels.instances.data import (
    InstanceSample,
    ObjectMap,
    read_instances,
    resized,
    training_view,
    working_size,
)
from segmodels.processes import ALONE, Processes
from segmodels.settings import TrainingSettings


class ArrayFile:
    """Arrays of one dtype and any shapes, written one after the other and read back from the page cache."""

    def __init__(self, folder: Path, dtype: type[np.generic]) -> None:
        # Nameless, so that a killed run leaves nothing behind.
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115
        self._dtype = np.dtype(dtype)
        self._places: list[tuple[int, tuple[int, ...]]] = []

    def append(self, array: NDArray) -> None:
        self._places.append((self._file.seek(0, 2), array.shape))
        self._file.write(np.ascontiguousarray(array, self._dtype).tobytes())
        self._file.flush()

    def __getitem__(self, index: int) -> NDArray:
        offset, shape = self._places[index]
        return np.memmap(self._file, self._dtype, "r", offset, shape)


@dataclass(frozen=True)
class InstanceStore:
    """Samples in the order given; `told` are the indices of those with any labelled pixel.

    `has_background`: whether any of them has a pixel that is known to belong to no object.
    """

    images: ArrayFile
    object_pixels: ArrayFile
    classes: list[tuple[int, ...]]
    told: list[int]
    has_background: bool

    @classmethod
    def build(
        cls, samples: Sequence[InstanceSample], class_count: int, settings: TrainingSettings, folder: Path
    ) -> "InstanceStore":
        """Read every sample once; raises DataError naming the one that cannot be used."""
        images, pixels = ArrayFile(folder, np.uint8), ArrayFile(folder, np.int16)
        classes: list[tuple[int, ...]] = []
        told: list[int] = []
        options, has_background = settings.architecture_options, False
        for index, sample in enumerate(samples):
            image, objects = read_instances(sample, class_count)
            height, width = image.shape[:2]
            size = working_size((height, width), options["min_size_px"], options["max_size_px"])
            image, objects = resized(image, objects, size)
            images.append(image)
            pixels.append(objects.pixels)
            classes.append(objects.classes)
            has_background = has_background or objects.has_background
            if objects.is_told:
                told.append(index)
        return cls(images, pixels, classes, told, has_background)

    def sample(self, index: int) -> tuple[NDArray[np.uint8], ObjectMap]:
        return self.images[index], ObjectMap(self.object_pixels[index], self.classes[index])


@dataclass(frozen=True)
class InstanceSource:
    """Draws from the told samples of `store`; of each batch this process' share."""

    store: InstanceStore
    settings: TrainingSettings
    processes: Processes = ALONE

    def __call__(self, step: int) -> list[tuple[NDArray[np.uint8], ObjectMap]]:
        """Images uint8 (H, W, 3) with their objects of `step`, counted over the whole run."""
        size = self.settings.batch_size
        own = self.processes.share(size)
        start = step * size + own.start
        order = sample_order(len(self.store.told), self.settings.seed, start, own.stop - own.start)
        return [self._view(self.store.told[drawn], start + place) for place, drawn in enumerate(order)]

    def _view(self, index: int, position: int) -> tuple[NDArray[np.uint8], ObjectMap]:
        random = np.random.default_rng([self.settings.seed, position])
        image, objects = self.store.sample(index)
        chosen = self.settings
        quarter_turns = chosen.architecture_options["quarter_turns"]
        return training_view(image, objects, chosen.image_size, random, chosen.augment, quarter_turns)
