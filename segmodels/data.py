"""Images and targets on their way into a network: decoded once, resized once, kept as arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from segmodels.errors import DataError
from segmodels.phrase import Phrase

IGNORE_INDEX = -1
MEMORY_LIMIT_BYTES = 1 << 30


class TrainingSample(Protocol):
    """One labelled image; `name` is what error messages call it."""

    @property
    def name(self) -> str: ...

    def image(self) -> NDArray[np.uint8]:
        """(H, W, 3) uint8 RGB."""
        ...

    def target(self) -> NDArray[np.int16]:
        """(H, W) int16 class index 0..C-1; -1 = unlabelled or ignored."""
        ...


def resize_image(image: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 to `size` = (height, width): area mean when shrinking, bilinear when growing."""
    if image.shape[:2] == size:
        return image
    shrinks = image.shape[0] * image.shape[1] > size[0] * size[1]
    flag = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, size[::-1], interpolation=flag), np.uint8)


def resize_target(target: NDArray[np.int16], size: tuple[int, int]) -> NDArray[np.int16]:
    """(H, W) int16 to `size` = (height, width) by nearest pixel centre, so no value is invented."""
    if target.shape == size:
        return target
    rows = _nearest_centres(target.shape[0], size[0])
    columns = _nearest_centres(target.shape[1], size[1])
    return target[rows[:, None], columns[None, :]]


def _nearest_centres(length: int, new_length: int) -> NDArray[np.intp]:
    return ((np.arange(new_length) + 0.5) * length / new_length).astype(np.intp)


def check_image(name: str, image: NDArray[np.generic]) -> None:
    """Raise DataError, with the sample's name, for an image that is not uint8 (height, width, 3)."""
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise DataError(
            Phrase(
                "{name}: the image is {dtype} {shape}, not uint8 (H, W, 3)",
                name=name,
                dtype=image.dtype,
                shape=image.shape,
            )
        )


def read_sample(sample: TrainingSample, class_count: int) -> tuple[NDArray[np.uint8], NDArray[np.int16]]:
    """Image and target of one sample, checked; raises DataError naming the sample and what is wrong."""
    image, target = np.asarray(sample.image()), np.asarray(sample.target())
    check_image(sample.name, image)
    if target.shape != image.shape[:2]:
        raise DataError(
            Phrase(
                "{name}: labels of {shape} for an image of {size}",
                name=sample.name,
                shape=target.shape,
                size=image.shape[:2],
            )
        )
    low, high = int(target.min()), int(target.max())
    if low < IGNORE_INDEX or high >= class_count:
        raise DataError(
            Phrase(
                "{name}: class index {low}..{high} outside -1..{class_count}",
                name=sample.name,
                low=low,
                high=high,
                class_count=class_count - 1,
            )
        )
    return image, target.astype(np.int16)


@dataclass(frozen=True)
class SampleCache:
    """Samples at training size: `images` uint8 (N, H, W, 3), `targets` int16 (N, H, W), same order as given.

    `labelled` bool (N,): whether a sample has any labelled pixel at this size.
    """

    images: NDArray[np.uint8]
    targets: NDArray[np.int16]
    labelled: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.images)

    def pixels_per_class(self, class_count: int) -> list[int]:
        """Labelled pixels of each class over all samples."""
        counts = np.zeros(class_count + 1, np.int64)
        for target in self.targets:
            counts += np.bincount(target.ravel() - IGNORE_INDEX, minlength=class_count + 1)
        return [int(count) for count in counts[1:]]

    @classmethod
    def build(
        cls, samples: Sequence[TrainingSample], class_count: int, size: tuple[int, int], path: Path
    ) -> "SampleCache":
        """Read every sample once. Held in memory up to 1 GiB, beyond that in files beside `path`."""
        count = len(samples)
        images: NDArray[np.uint8] = allocate((count, *size, 3), np.uint8, path.with_suffix(".images"))
        targets: NDArray[np.int16] = allocate((count, *size), np.int16, path.with_suffix(".targets"))
        for index, sample in enumerate(samples):
            image, target = read_sample(sample, class_count)
            images[index] = resize_image(image, size)
            targets[index] = resize_target(target, size)
        labelled = np.array([bool((target != IGNORE_INDEX).any()) for target in targets], bool)
        return cls(images, targets, labelled)


def allocate(shape: tuple[int, ...], dtype: type[np.generic], path: Path) -> NDArray:
    """An array to be filled: in memory when small, else in a file at `path` that goes when the process does."""
    if int(np.prod(shape)) * np.dtype(dtype).itemsize <= MEMORY_LIMIT_BYTES:
        return np.empty(shape, dtype)
    mapped = np.memmap(path, dtype, "w+", shape=shape)
    # Without its name the file lives as long as it is mapped, and a killed run leaves nothing behind.
    path.unlink()
    return mapped
