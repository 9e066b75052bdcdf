"""segmodels' own training step on batches that lie ready in memory; the one place that uses its insides."""

import itertools

import torch
from torch import Tensor, nn

from segmodels.architectures import Network, build_network
from segmodels.data import SampleCache
from segmodels.depthwise import keep_depthwise_in_float32
from segmodels.encoders import load_imagenet_weights
from segmodels.optimisation import build_optimiser
from segmodels.pixel_learner import PixelLearner
from segmodels.settings import TrainingSettings

BATCHES = 4


def started_network(settings: TrainingSettings, class_count: int) -> Network:
    """The network that `training.train` starts from with these settings, contiguous, on the CPU."""
    torch.manual_seed(settings.seed)
    network = build_network(settings.architecture, settings.encoder, class_count, settings.architecture_options)
    if settings.encoder_weights == "imagenet":
        load_imagenet_weights(network.encoder, settings.encoder)
    return network


def plain_weights(settings: TrainingSettings, class_count: int) -> dict[str, Tensor]:
    """The weights of `started_network` under the names that segmentation-models-pytorch gives them."""
    state = started_network(settings, class_count).state_dict()
    return {name.removeprefix("body."): tensor for name, tensor in state.items()}


class InMemoryLoop:
    """The forward pass, losses, clipping and optimiser of segmodels over a few fixed batches, augmented already."""

    def __init__(self, cache: SampleCache, class_count: int, settings: TrainingSettings) -> None:
        self.settings = settings
        self.network = started_network(settings, class_count)
        self.network.to(memory_format=torch.channels_last).train()  # type: ignore[call-overload]
        if settings.precision == "bfloat16":
            keep_depthwise_in_float32(self.network)
        self.learner = PixelLearner(self.network, cache, None, class_count, settings)
        self.optimiser = build_optimiser(self.network, settings)
        self.batches = itertools.cycle([self.learner.batch(step) for step in range(BATCHES)])

    def step(self) -> None:
        batch = next(self.batches)
        self.optimiser.zero_grad(set_to_none=True)
        losses = self.learner.losses(self.network, batch, slice(0, len(batch)))
        torch.stack(list(losses.values())).sum().backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), self.settings.gradient_clip)
        self.optimiser.step()
