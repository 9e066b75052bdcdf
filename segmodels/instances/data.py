"""Labelled objects on their way into a detector: from label maps to boxes, classes, masks and what to leave out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor

from segmodels.augment import augmented
from segmodels.data import check_image, resize_image, resize_target
from segmodels.errors import DataError
from segmodels.phrase import Phrase

IGNORED = -1
BACKGROUND = 0
MOST_OBJECTS = 32_767
# What a cut or shrunken object must still show to be learnt from; a smaller sliver is ignored.
SMALLEST_TARGET_PX = 6


@dataclass(frozen=True)
class LabelledSegment:
    """One segment of a label map, as a detector sees it.

    `class_index` is its place among the trained thing classes, None for stuff, which is background here.
    `is_ignored` marks crowds and classes left out of training: neither object nor background.
    """

    id: int
    class_index: int | None
    is_ignored: bool = False


@dataclass(frozen=True)
class ObjectMap:
    """`pixels` int16 (H, W): -1 ignored or unlabelled, 0 background, k the object whose class is `classes[k - 1]`."""

    pixels: NDArray[np.int16]
    classes: tuple[int, ...]

    @classmethod
    def from_segments(cls, label_map: NDArray[np.uint16], segments: Sequence[LabelledSegment]) -> "ObjectMap":
        """From a label map uint16 (H, W), 0 = unlabelled, and its segments; raises DataError on unknown ids."""
        objects = [s for s in segments if s.class_index is not None and not s.is_ignored]
        if len(objects) > MOST_OBJECTS:
            raise DataError(
                Phrase(
                    "{count} objects in one image; {most} can be trained on",
                    count=len(objects),
                    most=MOST_OBJECTS,
                )
            )
        if outside := [segment.id for segment in segments if not 0 < segment.id < 1 << 16]:
            raise DataError(Phrase("the segment id {value} is outside 1..65535", value=outside[0]))
        value_of_id = np.full(1 << 16, IGNORED, np.int16)
        for segment in segments:
            value_of_id[segment.id] = IGNORED if segment.is_ignored else BACKGROUND
        for number, segment in enumerate(objects, 1):
            value_of_id[segment.id] = number
        unknown = set(np.unique(label_map).tolist()) - {segment.id for segment in segments} - {0}
        if unknown:
            raise DataError(Phrase("the label map holds ids without a segment, e.g. {value}", value=min(unknown)))
        classes = tuple(segment.class_index for segment in objects if segment.class_index is not None)
        return cls(value_of_id[label_map], classes)

    @property
    def is_told(self) -> bool:
        """Whether any pixel is labelled and not ignored."""
        return bool((self.pixels != IGNORED).any())

    @property
    def has_background(self) -> bool:
        """Whether any pixel is known to belong to no object."""
        return bool((self.pixels == BACKGROUND).any())

    def class_map(self, background_index: int) -> NDArray[np.int16]:
        """int16 (H, W): the class index of each pixel, `background_index` where no object is, -1 ignored."""
        table = np.array([background_index, *self.classes, IGNORED], np.int16)
        return table[self.pixels]


class InstanceSample(Protocol):
    """One labelled image; `name` is what error messages call it."""

    @property
    def name(self) -> str: ...

    def image(self) -> NDArray[np.uint8]:
        """(H, W, 3) uint8 RGB."""
        ...

    def objects(self) -> ObjectMap:
        """Of the same height and width."""
        ...


def read_instances(sample: InstanceSample, class_count: int) -> tuple[NDArray[np.uint8], ObjectMap]:
    """Image and objects of one sample, checked; raises DataError naming the sample and what is wrong."""
    image = np.asarray(sample.image())
    try:
        objects = sample.objects()
    except DataError as error:
        raise DataError(Phrase("{name}: {reason}", name=sample.name, reason=error)) from error
    check_image(sample.name, image)
    if objects.pixels.shape != image.shape[:2]:
        raise DataError(
            Phrase(
                "{name}: labels of {shape} for an image of {size}",
                name=sample.name,
                shape=objects.pixels.shape,
                size=image.shape[:2],
            )
        )
    if not all(0 <= index < class_count for index in objects.classes):
        raise DataError(
            Phrase("{name}: a class index outside 0..{class_count}", name=sample.name, class_count=class_count - 1)
        )
    return image, objects


def working_size(size: tuple[int, int], min_px: int, max_px: int) -> tuple[int, int]:
    """(height, width) at which an image goes into the network, its proportions kept; `max_px` wins."""
    factor = max(1.0, min_px / min(size))
    factor = min(factor, max_px / max(size))
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def resized(image: NDArray[np.uint8], objects: ObjectMap, size: tuple[int, int]) -> tuple[NDArray[np.uint8], ObjectMap]:
    """Both at `size` = (height, width), labels from the nearest pixel."""
    return resize_image(image, size), ObjectMap(resize_target(objects.pixels, size), objects.classes)


def training_view(
    image: NDArray[np.uint8],
    objects: ObjectMap,
    window_size: tuple[int, int],
    random: Generator,
    augment: bool = True,
    quarter_turns: bool = False,
) -> tuple[NDArray[np.uint8], ObjectMap]:
    """A random window of at most `window_size` (height, width); with `augment` also flipped, scaled and recoloured."""
    top = int(random.integers(0, max(0, image.shape[0] - window_size[0]) + 1))
    left = int(random.integers(0, max(0, image.shape[1] - window_size[1]) + 1))
    window = np.s_[top : top + window_size[0], left : left + window_size[1]]
    image, pixels = image[window], objects.pixels[window]
    if augment:
        image, pixels = augmented(np.ascontiguousarray(image), np.ascontiguousarray(pixels), random)
    if quarter_turns:
        turns = int(random.integers(4))
        image, pixels = np.rot90(image, turns), np.rot90(pixels, turns)
    return np.ascontiguousarray(image), ObjectMap(np.ascontiguousarray(pixels), objects.classes)


def training_target(objects: ObjectMap) -> dict[str, Tensor]:
    """What torchvision's detectors learn from, and `ignored`.

    `boxes` float32 (N, 4) x0 y0 x1 y1 at pixel edges, `labels` int64 (N,) 1..C, `masks` uint8 (N, H, W),
    `ignored` bool (H, W). Objects of fewer than 6 px are ignored.
    """
    pixels = objects.pixels
    numbers, areas = np.unique(pixels[pixels > 0], return_counts=True)
    slivers = numbers[areas < SMALLEST_TARGET_PX]
    numbers = numbers[areas >= SMALLEST_TARGET_PX]
    masks = pixels[None] == numbers[:, None, None]
    boxes = np.array([_box(mask) for mask in masks], np.float32).reshape(-1, 4)
    labels = np.array([objects.classes[number - 1] + 1 for number in numbers], np.int64)
    return {
        "boxes": torch.from_numpy(boxes),
        "labels": torch.from_numpy(labels),
        "masks": torch.from_numpy(masks.view(np.uint8)),
        "ignored": torch.from_numpy((pixels == IGNORED) | np.isin(pixels, slivers)),
    }


def image_tensor(image: NDArray[np.uint8] | Tensor, device: torch.device) -> Tensor:
    """uint8 (H, W, 3) to float32 (3, H, W) in 0..1 on `device`."""
    return torch.as_tensor(image).to(device, non_blocking=True).permute(2, 0, 1).float() / 255


def _box(mask: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    left, top, width, height = cv2.boundingRect(mask.view(np.uint8))
    return left, top, left + width, top + height
