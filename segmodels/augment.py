"""Random views of a labelled image: image and target always move together."""

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from segmodels.data import IGNORE_INDEX

SCALE_RANGE = (0.75, 1.6)
JITTER = 0.3
LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def augmented(
    image: NDArray[np.uint8], target: NDArray[np.int16], random: Generator
) -> tuple[NDArray[np.uint8], NDArray[np.int16]]:
    """A random flip, scale, crop and colour change of uint8 (H, W, 3) and int16 (H, W); sizes stay.

    Labels are taken from the nearest pixel and are -1 where the view leaves the image.
    """
    image, target = _moved(image, target, random)
    return _recoloured(image, random), target


def _moved(
    image: NDArray[np.uint8], target: NDArray[np.int16], random: Generator
) -> tuple[NDArray[np.uint8], NDArray[np.int16]]:
    height, width = target.shape
    scale = float(np.exp(random.uniform(*np.log(SCALE_RANGE))))
    flip = -1.0 if random.random() < 0.5 else 1.0
    # The slack is what a larger picture overhangs, or what a smaller one leaves free.
    shift_x = random.uniform(-0.5, 0.5) * abs(scale - 1) * width
    shift_y = random.uniform(-0.5, 0.5) * abs(scale - 1) * height
    centre_x, centre_y = (width - 1) / 2, (height - 1) / 2
    matrix = np.array(
        [
            [scale * flip, 0, centre_x - scale * flip * centre_x + shift_x],
            [0, scale, centre_y - scale * centre_y + shift_y],
        ]
    )
    mean = [float(channel) for channel in image.mean((0, 1))]
    moved = cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=mean)
    labels = cv2.warpAffine(target, matrix, (width, height), flags=cv2.INTER_NEAREST, borderValue=[float(IGNORE_INDEX)])
    return np.asarray(moved, np.uint8), np.asarray(labels, np.int16)


def _recoloured(image: NDArray[np.uint8], random: Generator) -> NDArray[np.uint8]:
    brightness, contrast, saturation = random.uniform(1 - JITTER, 1 + JITTER, 3).astype(np.float32)
    pixels = image.astype(np.float32)
    grey = (pixels @ LUMA)[..., None]
    pixels = grey + (pixels - grey) * saturation
    middle = float(grey.mean())
    pixels = (middle + (pixels - middle) * contrast) * brightness
    return pixels.clip(0, 255).astype(np.uint8)
