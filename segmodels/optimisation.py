"""The optimiser and its learning rate as a function of the step alone."""

import math

from torch import nn
from torch.optim import AdamW

from segmodels.architectures import SegmentationNetwork
from segmodels.settings import TrainingSettings

SMALLEST_FACTOR = 1e-3


def build_optimiser(network: SegmentationNetwork, settings: TrainingSettings) -> AdamW:
    """AdamW (Loshchilov and Hutter, 2019); no decay of norms and biases, the encoder has its own rate."""
    of_encoder = {id(parameter) for parameter in network.encoder.parameters()}
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for parameter in network.parameters():
        groups.setdefault((id(parameter) in of_encoder, parameter.ndim > 1), []).append(parameter)
    return AdamW(
        [
            {
                "params": parameters,
                "base_rate": settings.learning_rate * (settings.encoder_rate_factor if in_encoder else 1.0),
                "weight_decay": settings.weight_decay if decays else 0.0,
            }
            for (in_encoder, decays), parameters in groups.items()
        ],
        lr=settings.learning_rate,
        fused=True,
    )


def set_learning_rate(optimiser: AdamW, settings: TrainingSettings, step: int, total_steps: int) -> float:
    """Set every group's rate for `step` (from 0); returns the rate outside the encoder."""
    factor = rate_factor(step, total_steps, settings.warmup_fraction)
    for group in optimiser.param_groups:
        group["lr"] = group["base_rate"] * factor
    return settings.learning_rate * factor


def rate_factor(step: int, total_steps: int, warmup_fraction: float) -> float:
    """Linear rise over the first `warmup_fraction` of the steps, then half a cosine down to nearly zero."""
    warmup = max(1, round(total_steps * warmup_fraction))
    if step < warmup:
        return (step + 1) / warmup if warmup > 1 else 1.0
    done = (step - warmup) / max(1, total_steps - warmup)
    return SMALLEST_FACTOR + (1 - SMALLEST_FACTOR) * 0.5 * (1 + math.cos(math.pi * done))
