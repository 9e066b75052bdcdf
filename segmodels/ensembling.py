"""Several looks at the same images, averaged: flips, and draws of dropout."""

import contextlib
from collections.abc import Callable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.modules.dropout import _DropoutNd

from segmodels.backends.backend import Backend
from segmodels.backends.eager import EagerBackend
from segmodels.checkpoints import SegmentationModel
from segmodels.errors import SettingsError
from segmodels.phrase import Phrase
from segmodels.pixel_scores import normalised_entropy
from segmodels.prediction_settings import Flip, PredictionSettings

Scores = NDArray[np.float32]
Probabilities = Callable[[NDArray[np.uint8]], Scores]
FLIPPED_AXES: dict[Flip, tuple[int, ...]] = {"horizontal": (-1,), "vertical": (-2,), "both": (-2, -1)}


def scoring(
    model: SegmentationModel,
    backend: Backend,
    settings: PredictionSettings,
    before_pass: Callable[[], None] = lambda: None,
) -> Callable[[NDArray[np.uint8]], Scores]:
    """uint8 (N, h, w, 3) to float32 (N, C, h, w): probabilities, averaged over what `settings` ask for.

    With dropout samples there is one channel more, the mean over the samples of their normalised entropy.
    `before_pass` is called before every pass through the network and may raise to break off. Raises
    SettingsError where the network has no dropout or the backend has fixed it away.
    """

    def probabilities(images: NDArray[np.uint8]) -> Scores:
        before_pass()
        return backend.probabilities(images)

    if not settings.mc_samples:
        return lambda images: _over_flips(probabilities, images, settings.flips)
    if not isinstance(backend, EagerBackend):
        raise SettingsError(
            "mc_samples", Phrase("the backend {name} runs without dropout; use eager", name=backend.name)
        )
    if not _dropouts(model.module):
        raise SettingsError("mc_samples", Phrase("this network was trained without dropout"))
    return lambda images: _over_samples(model.module, probabilities, images, settings)


def _over_flips(probabilities: Probabilities, images: NDArray[np.uint8], flips: tuple[Flip, ...]) -> Scores:
    total = probabilities(images)
    for flip in flips:
        axes = FLIPPED_AXES[flip]
        mirrored = np.ascontiguousarray(np.flip(images, tuple(axis - 1 for axis in axes)))
        total = total + np.flip(probabilities(mirrored), axes)
    return total / np.float32(len(flips) + 1) if flips else total


def _over_samples(
    module: nn.Module, probabilities: Probabilities, images: NDArray[np.uint8], settings: PredictionSettings
) -> Scores:
    with _dropout_on(module, settings.seed):
        samples = (_over_flips(probabilities, images, settings.flips) for _ in range(settings.mc_samples))
        scores = sum(_with_entropy(sample) for sample in samples)
    return np.asarray(scores / np.float32(settings.mc_samples), np.float32)


def _with_entropy(probabilities: Scores) -> Scores:
    entropies = np.stack([normalised_entropy(of_image) for of_image in probabilities])
    return np.concatenate([probabilities, entropies[:, None]], axis=1)


def _dropouts(module: nn.Module) -> list[_DropoutNd]:
    return [layer for layer in module.modules() if isinstance(layer, _DropoutNd) and layer.p > 0]


@contextlib.contextmanager
def _dropout_on(module: nn.Module, seed: int) -> Iterator[None]:
    layers = _dropouts(module)
    device = next(module.parameters()).device
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        for layer in layers:
            layer.train()
        try:
            yield
        finally:
            for layer in layers:
                layer.eval()
