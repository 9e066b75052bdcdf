"""The optimiser and its learning rate as a function of the step alone."""

import math

from torch import nn
from torch.optim import SGD, AdamW, Optimizer

from segmodels.architectures import Network
from segmodels.settings import TrainingSettings

SMALLEST_FACTOR = 1e-3
ONE_CYCLE_START = 1 / 25
ONE_CYCLE_END = ONE_CYCLE_START * 1e-4


def build_optimiser(network: Network, settings: TrainingSettings) -> Optimizer:
    """AdamW (Loshchilov and Hutter, 2019) or SGD with Nesterov momentum.

    No decay of norms and biases; the encoder has its own rate. SGD's decay acts on the gradient, where
    1e-4 is usual, AdamW's on the weights.
    """
    of_encoder = {id(parameter) for parameter in network.encoder.parameters()}
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for parameter in network.parameters():
        groups.setdefault((id(parameter) in of_encoder, parameter.ndim > 1), []).append(parameter)
    described = [
        {
            "params": parameters,
            "base_rate": settings.learning_rate * (settings.encoder_rate_factor if in_encoder else 1.0),
            "weight_decay": settings.weight_decay if decays else 0.0,
        }
        for (in_encoder, decays), parameters in groups.items()
    ]
    if settings.optimiser == "adamw":
        return AdamW(described, lr=settings.learning_rate, fused=True)
    # Not fused: a float16 step left out for overflow would leave the fused one an unset momentum.
    momentum = settings.momentum
    return SGD(described, lr=settings.learning_rate, momentum=momentum, nesterov=momentum > 0)


def set_learning_rate(optimiser: Optimizer, settings: TrainingSettings, step: int, total_steps: int) -> float:
    """Set every group's rate for `step` (from 0); returns the rate outside the encoder."""
    factor = rate_factor(step, total_steps, settings.warmup_fraction, settings.schedule, settings.poly_power)
    for group in optimiser.param_groups:
        group["lr"] = group["base_rate"] * factor
    return settings.learning_rate * factor


def rate_factor(
    step: int, total_steps: int, warmup_fraction: float, schedule: str = "cosine", poly_power: float = 0.9
) -> float:
    """What the learning rate is multiplied by: a rise over the first `warmup_fraction` of the steps, then a fall.

    `cosine` rises linearly and falls along half a cosine to nearly zero; `poly` falls as (1 - t) ** power
    (Chen et al., DeepLab, 2017); `one_cycle` rises and falls along half cosines from a 25th to 1 to
    4e-6 (Smith and Topin, 2018).
    """
    warmup = max(1, round(total_steps * warmup_fraction))
    if step < warmup:
        risen = (step + 1) / warmup if warmup > 1 else 1.0
        return _along_cosine(ONE_CYCLE_START, 1.0, risen) if schedule == "one_cycle" else risen
    done = (step - warmup) / max(1, total_steps - warmup)
    if schedule == "poly":
        return max(SMALLEST_FACTOR, (1 - done) ** poly_power)
    if schedule == "one_cycle":
        return _along_cosine(1.0, ONE_CYCLE_END, done)
    return SMALLEST_FACTOR + (1 - SMALLEST_FACTOR) * 0.5 * (1 + math.cos(math.pi * done))


def _along_cosine(start: float, end: float, done: float) -> float:
    return end + (start - end) * 0.5 * (1 + math.cos(math.pi * done))
