"""A moving average of the weights, which scores better than where the last step happened to end."""

import copy

import torch
from torch import Tensor

from segmodels.architectures import Network

WARMUP_STEPS = 10


class AveragedWeights:
    """Exponential moving average of a network's weights and batch-norm statistics in a network of its own.

    After `step` steps the decay is the smaller of `decay` and (1 + step) / (10 + step), so that the random
    start is soon forgotten (Tarvainen and Valpola, Mean teachers, 2017, average in the same way).
    """

    def __init__(self, network: Network, decay: float) -> None:
        self.network = copy.deepcopy(network).requires_grad_(False).eval()
        self.decay = decay

    @torch.no_grad()
    def update(self, network: Network, step: int) -> None:
        """Take in the weights after step number `step`, from 1."""
        kept = min(self.decay, (1 + step) / (WARMUP_STEPS + step))
        present = network.state_dict()
        averaged: list[Tensor] = []
        newest: list[Tensor] = []
        for name, tensor in self.network.state_dict().items():
            if tensor.is_floating_point():
                averaged.append(tensor)
                newest.append(present[name])
            else:
                tensor.copy_(present[name])
        torch._foreach_lerp_(averaged, newest, 1 - kept)
