"""Small made images whose classes a network can learn in seconds."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from segmodels.settings import ClassSpec, TrainingSettings

COLOURS = np.array([[40, 40, 40], [200, 60, 60], [60, 90, 220]], np.uint8)


@dataclass
class MadeSample:
    name: str
    pixels: NDArray[np.uint8]
    labels: NDArray[np.int16]
    reads: int = 0

    def image(self) -> NDArray[np.uint8]:
        self.reads += 1
        return self.pixels

    def target(self) -> NDArray[np.int16]:
        return self.labels


def made_sample(number: int, height: int = 48, width: int = 64) -> MadeSample:
    """Ground with one rectangle of class 1 and one of class 2, coloured by class with a little noise."""
    random = np.random.default_rng(number)
    labels = np.zeros((height, width), np.int16)
    for index in (1, 2):
        top, left = random.integers(0, height - 16), random.integers(0, width - 20)
        labels[top : top + 16, left : left + 20] = index
    noise = random.integers(-15, 16, (height, width, 3))
    pixels = (COLOURS[labels].astype(int) + noise).clip(0, 255).astype(np.uint8)
    return MadeSample(f"made-{number}.png", pixels, labels)


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture
def samples() -> list[MadeSample]:
    return [made_sample(number) for number in range(4)]


@pytest.fixture
def sample() -> Callable[..., MadeSample]:
    return made_sample


@pytest.fixture
def classes() -> list[ClassSpec]:
    return [ClassSpec("ground"), ClassSpec("red"), ClassSpec("blue")]


@pytest.fixture
def settings() -> Callable[..., TrainingSettings]:
    """Settings for runs of a second or two; keyword arguments change single ones."""

    def make(**changed: object) -> TrainingSettings:
        values = {
            "encoder": "mobilenet_v2",
            "encoder_weights": "none",
            "image_size": [32, 48],
            "epochs": 2,
            "batch_size": 2,
            "threads": 1,
            "device": "cpu",
        }
        return TrainingSettings.from_dict(values | changed)

    return make
