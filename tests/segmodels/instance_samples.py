"""Small made images of bright and dark discs, for the instance tests."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from segmodels.instances.data import LabelledSegment, ObjectMap
from segmodels.instances.settings import InstanceSettings
from segmodels.settings import ClassSpec

CLASSES = [ClassSpec("bright"), ClassSpec("dark")]
GROUND = 60_000
GREY_OF_CLASS = (225, 20)


@dataclass
class DiscSample:
    name: str
    pixels: NDArray[np.uint8]
    label_map: NDArray[np.uint16]
    segments: list[LabelledSegment] = field(default_factory=list)

    def image(self) -> NDArray[np.uint8]:
        return self.pixels

    def objects(self) -> ObjectMap:
        return ObjectMap.from_segments(self.label_map, self.segments)


def disc_sample(number: int, discs: int = 3, size: int = 64) -> DiscSample:
    """Grey ground, labelled as stuff, with discs of two classes that do not touch."""
    random = np.random.default_rng(number)
    label_map = np.full((size, size), GROUND, np.uint16)
    pixels = np.full((size, size, 3), 120, np.uint8)
    segments = [LabelledSegment(GROUND, None)]
    while len(segments) <= discs:
        radius = int(random.integers(7, 11))
        x, y = (int(v) for v in random.integers(radius + 1, size - radius - 1, 2))
        disc = cv2.circle(np.zeros((size, size), np.uint8), (x, y), radius, 1, -1) > 0
        margin = cv2.dilate(disc.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        if (label_map[margin] != GROUND).any():
            continue
        index = len(segments) % 2
        label_map[disc] = 100 + len(segments)
        pixels[disc] = GREY_OF_CLASS[index]
        segments.append(LabelledSegment(100 + len(segments), index))
    noise = random.integers(-8, 9, pixels.shape)
    return DiscSample(f"discs-{number}.png", (pixels + noise).clip(0, 255).astype(np.uint8), label_map, segments)


def quick_settings(**changed: object) -> InstanceSettings:
    """Settings for runs of seconds; keyword arguments change single ones."""
    values = {
        "encoder": "mobilenet_v2",
        "encoder_weights": "none",
        "pyramid_channels": 16,
        "head_features": 32,
        "anchor_sizes_px": [8, 16, 24, 32, 48],
        "min_size_px": 64,
        "max_size_px": 64,
        "crop_px": 64,
        "anchor_samples": 64,
        "proposal_samples": 32,
        "detections_per_image": 20,
        "epochs": 2,
        "batch_size": 2,
        "augment": False,
        "threads": 1,
        "device": "cpu",
    }
    return InstanceSettings.from_dict(values | changed)
