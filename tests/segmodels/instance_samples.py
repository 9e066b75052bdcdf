"""Small made images of bright and dark discs, for the instance tests."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from segmodels.architectures import build_network
from segmodels.architectures.mask_rcnn import MaskRCNN
from segmodels.catalogue import ARCHITECTURE_CARDS
from segmodels.instances.data import LabelledSegment, ObjectMap
from segmodels.settings import ClassSpec, TrainingSettings

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


def quick_settings(**changed: object) -> TrainingSettings:
    """Settings for runs of seconds; keyword arguments change single ones, those of the architecture among them."""
    options = {
        "pyramid_channels": 16,
        "head_features": 32,
        "smallest_anchor_px": 8,
        "anchor_ratio": 1.5,
        "min_size_px": 64,
        "max_size_px": 64,
        "anchor_samples": 64,
        "proposal_samples": 32,
        "detections_per_image": 20,
        "norms": "trained",
    }
    values = {
        "architecture": "mask_rcnn",
        "encoder": "mobilenet_v2",
        "encoder_weights": "none",
        "image_size": [64, 64],
        "epochs": 2,
        "batch_size": 2,
        "augment": False,
        "threads": 1,
        "device": "cpu",
    }
    known = {option.name for option in ARCHITECTURE_CARDS["mask_rcnn"].options}
    options |= {name: value for name, value in changed.items() if name in known}
    values |= {name: value for name, value in changed.items() if name not in known}
    return TrainingSettings.from_dict(values | {"architecture_options": options})


def build_mask_rcnn(settings: TrainingSettings, class_count: int) -> MaskRCNN:
    network = build_network(settings.architecture, settings.encoder, class_count, settings.architecture_options)
    assert isinstance(network, MaskRCNN)
    return network
