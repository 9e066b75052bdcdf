"""Images and their objects at working size, read once and kept in files that vanish with the process."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from segmodels.batches import sample_order
from segmodels.instances.data import (
    InstanceSample,
    ObjectMap,
    read_instances,
    resized,
    training_target,
    training_view,
    working_size,
)
from segmodels.instances.settings import InstanceSettings


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
    """Samples in the order given; `told` are the indices of those with any labelled pixel."""

    images: ArrayFile
    object_pixels: ArrayFile
    classes: list[tuple[int, ...]]
    told: list[int]

    @classmethod
    def build(
        cls, samples: Sequence[InstanceSample], class_count: int, settings: InstanceSettings, folder: Path
    ) -> "InstanceStore":
        """Read every sample once; raises DataError naming the one that cannot be used."""
        images, pixels = ArrayFile(folder, np.uint8), ArrayFile(folder, np.int16)
        classes: list[tuple[int, ...]] = []
        told: list[int] = []
        for index, sample in enumerate(samples):
            image, objects = read_instances(sample, class_count)
            height, width = image.shape[:2]
            size = working_size((height, width), settings.min_size_px, settings.max_size_px)
            image, objects = resized(image, objects, size)
            images.append(image)
            pixels.append(objects.pixels)
            classes.append(objects.classes)
            if objects.is_told:
                told.append(index)
        return cls(images, pixels, classes, told)

    def sample(self, index: int) -> tuple[NDArray[np.uint8], ObjectMap]:
        return self.images[index], ObjectMap(self.object_pixels[index], self.classes[index])


@dataclass(frozen=True)
class InstanceBatches:
    """Batches as a function of the step alone, so that a resumed run sees the same ones."""

    store: InstanceStore
    settings: InstanceSettings

    def __call__(self, step: int) -> tuple[list[NDArray[np.uint8]], list[dict[str, Tensor]]]:
        """Images uint8 (H, W, 3) and training targets of `step`, counted over the whole run."""
        size = self.settings.batch_size
        order = sample_order(len(self.store.told), self.settings.seed, step * size, size)
        views = [self._view(self.store.told[drawn], step * size + place) for place, drawn in enumerate(order)]
        return [image for image, _ in views], [training_target(objects) for _, objects in views]

    def _view(self, index: int, position: int) -> tuple[NDArray[np.uint8], ObjectMap]:
        random = np.random.default_rng([self.settings.seed, position])
        image, objects = self.store.sample(index)
        chosen = self.settings
        return training_view(image, objects, chosen.crop_px, random, chosen.augment, chosen.quarter_turns)
