"""One vector per image, for strategies that want the chosen images to differ."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from segmodels.checkpoints import SegmentationModel
from segmodels.data import resize_image
from segmodels.device import autocast, pick_precision, to_input


def embed(model: SegmentationModel, images: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
    """float32 (N, D): the encoder's deepest features averaged over each uint8 (H, W, 3) image.

    Images are resized as for training and run in batches of the model's `batch_size`; D is the encoder's
    number of channels. Raises ValueError without images, because D is not known then.
    """
    if not images:
        raise ValueError("no images to embed")
    vectors = []
    for start in range(0, len(images), model.settings.batch_size):
        chunk = images[start : start + model.settings.batch_size]
        vectors.append(_pooled(model, np.stack([resize_image(image, model.settings.image_size) for image in chunk])))
    return np.concatenate(vectors)


def _pooled(model: SegmentationModel, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    device = next(model.module.parameters()).device
    with torch.inference_mode(), autocast(device, pick_precision(device)):
        features = model.module.encoder(to_input(images, model.normalisation.mean, model.normalisation.std, device))
    deepest: Tensor = features if isinstance(features, Tensor) else features[-1]
    return np.asarray(deepest.float().mean((2, 3)).cpu().numpy(), np.float32)
