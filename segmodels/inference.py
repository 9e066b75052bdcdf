"""From images to class maps, confidence and uncertainty."""

import math
from collections.abc import Sequence

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from segmodels.checkpoints import Normalisation, SegmentationModel
from segmodels.data import resize_image
from segmodels.device import autocast, to_input
from segmodels.prediction import PixelPrediction

__all__ = ["PixelPrediction", "class_probabilities", "pixel_prediction", "predict"]

SMALLEST_PROBABILITY = 1e-12


def predict(model: SegmentationModel, images: Sequence[NDArray[np.uint8]]) -> list[PixelPrediction]:
    """One prediction per uint8 (H, W, 3) image, each in its own size.

    Images are resized to the model's `image_size`, run in batches of its `batch_size`, and the
    probabilities are enlarged back.
    """
    predictions: list[PixelPrediction] = []
    batch_size = model.settings.batch_size
    for start in range(0, len(images), batch_size):
        chunk = images[start : start + batch_size]
        resized = np.stack([resize_image(image, model.settings.image_size) for image in chunk])
        probabilities = class_probabilities(model.module, resized, model.normalisation)
        for image, of_image in zip(chunk, probabilities, strict=True):
            predictions.append(pixel_prediction(of_image, (image.shape[0], image.shape[1])))
    return predictions


def class_probabilities(
    module: torch.nn.Module, images: NDArray[np.uint8], normalisation: Normalisation
) -> NDArray[np.float32]:
    """Softmax output float32 (N, C, h, w) for uint8 (N, h, w, 3); `module` must be in evaluation mode."""
    logits = class_logits(module, images, normalisation)
    return np.asarray(logits.softmax(1).contiguous().cpu().numpy(), np.float32)


def class_logits(module: torch.nn.Module, images: NDArray[np.uint8], normalisation: Normalisation) -> Tensor:
    """float32 (N, C, h, w) on the module's device for uint8 (N, h, w, 3)."""
    device = next(module.parameters()).device
    with torch.inference_mode(), autocast(device):
        logits: Tensor = module(to_input(images, normalisation.mean, normalisation.std, device))
    return logits.float()


def pixel_prediction(probabilities: NDArray[np.float32], size: tuple[int, int]) -> PixelPrediction:
    """Enlarge (C, h, w) probabilities to `size` = (height, width), one class at a time to spare memory.

    The entropy is taken at the network's size and enlarged bilinearly.
    """
    class_index, confidence = enlarged_argmax(probabilities, size)
    return PixelPrediction(class_index, confidence, _enlarged(normalised_entropy(probabilities), size))


def enlarged_argmax(
    probabilities: NDArray[np.float32], size: tuple[int, int]
) -> tuple[NDArray[np.int16], NDArray[np.float32]]:
    """Winning class (int16) and its probability (float32) at `size`, from (C, h, w)."""
    confidence = _enlarged(probabilities[0], size)
    class_index = np.zeros(size, np.int16)
    for index in range(1, len(probabilities)):
        of_class = _enlarged(probabilities[index], size)
        class_index[of_class > confidence] = index
        np.maximum(confidence, of_class, out=confidence)
    return class_index, confidence


def normalised_entropy(probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    """Entropy over the first axis divided by log(C), float32 0..1; all zero for a single class."""
    if len(probabilities) == 1:
        return np.zeros(probabilities.shape[1:], np.float32)
    logs = np.log(np.maximum(probabilities, SMALLEST_PROBABILITY))
    entropy = -(probabilities * logs).sum(0) / math.log(len(probabilities))
    return np.asarray(entropy.clip(0, 1), np.float32)


def _enlarged(values: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    if values.shape == size:
        return values.copy()
    return np.asarray(cv2.resize(values, size[::-1], interpolation=cv2.INTER_LINEAR), np.float32)
