"""Random views of a labelled image: image and target always move together."""

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from segmodels.data import IGNORE_INDEX

SCALE_RANGE = (0.75, 1.6)
JITTER = 0.3
LARGEST_BLUR_PX = 1.5
ELASTIC_CELLS = 4
STEEPEST_WARP = 0.25
LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def augmented(
    image: NDArray[np.uint8],
    target: NDArray[np.int16],
    random: Generator,
    blur: float = 0.0,
    elastic: float = 0.0,
) -> tuple[NDArray[np.uint8], NDArray[np.int16]]:
    """A random flip, scale, crop and colour change of uint8 (H, W, 3) and int16 (H, W); sizes stay.

    `blur` and `elastic` are the shares of views that are also blurred or warped. Labels are taken from the
    nearest pixel and are -1 where the view leaves the image.
    """
    image, target = _moved(image, target, random)
    image = _recoloured(image, random)
    if elastic and random.random() < elastic:
        image, target = warped(image, target, random)
    if blur and random.random() < blur:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), random.uniform(0.1, LARGEST_BLUR_PX)), np.uint8)
    return image, target


def warped(
    image: NDArray[np.uint8], target: NDArray[np.int16], random: Generator
) -> tuple[NDArray[np.uint8], NDArray[np.int16]]:
    """An elastic deformation (Simard et al., 2003) by a smooth field of a few random displacements.

    Neighbouring pixels move apart or together by at most a quarter, so that nothing folds over and a
    structure 2 px wide cannot be lost.
    """
    height, width = target.shape
    field = random.uniform(-1, 1, (2, ELASTIC_CELLS, ELASTIC_CELLS)).astype(np.float32)
    across, down = (cv2.resize(part, (width, height), interpolation=cv2.INTER_CUBIC) for part in field)
    steepest = max(float(np.abs(np.diff(part, axis=axis)).max()) for part in (across, down) for axis in (0, 1))
    strength = random.uniform(0, STEEPEST_WARP) / max(steepest, 1e-6)
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    from_x, from_y = columns + strength * across, rows + strength * down
    moved = cv2.remap(image, from_x, from_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    # Rounded by hand: cv2.remap knows positions to 1/32 px only, and the nearest pixel could be another one.
    nearest_x, nearest_y = np.rint(from_x).astype(np.intp), np.rint(from_y).astype(np.intp)
    outside = (nearest_x < 0) | (nearest_x >= width) | (nearest_y < 0) | (nearest_y >= height)
    labels = target[nearest_y.clip(0, height - 1), nearest_x.clip(0, width - 1)]
    return np.asarray(moved, np.uint8), np.where(outside, np.int16(IGNORE_INDEX), labels)


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
