import pytest
import torch

from segmodels.architectures import build_network
from segmodels.optimisation import build_optimiser, rate_factor, set_learning_rate
from segmodels.settings import TrainingSettings

every_schedule = pytest.mark.parametrize("schedule", ["cosine", "poly", "one_cycle"])


@every_schedule
@pytest.mark.parametrize("total", [1, 2, 100])
def test_rates_rise_to_one_then_fall_to_nearly_nothing(schedule: str, total: int) -> None:
    factors = [rate_factor(step, total, 0.1, schedule) for step in range(total)]
    peak = factors.index(max(factors))
    assert max(factors) == pytest.approx(1.0)
    assert factors[: peak + 1] == sorted(factors[: peak + 1])
    assert factors[peak:] == sorted(factors[peak:], reverse=True)
    assert min(factors) > 0
    if total == 100:
        assert peak in (9, 10) and factors[-1] < 0.02


def test_poly_falls_as_its_power_says() -> None:
    assert rate_factor(60, 110, 10 / 110, "poly", 0.9) == pytest.approx(0.5**0.9)
    assert rate_factor(60, 110, 10 / 110, "poly", 2.0) == pytest.approx(0.25)


def test_one_cycle_is_that_of_torch() -> None:
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimiser = torch.optim.SGD([parameter], lr=0.0)
    theirs = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=1.0, total_steps=101, cycle_momentum=False)
    rates = []
    for _ in range(101):
        rates.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        theirs.step()
    ours = [rate_factor(step, 101, 0.3, "one_cycle") for step in range(101)]
    assert max(abs(one - other) for one, other in zip(ours, rates, strict=True)) < 0.06
    assert ours[29] == pytest.approx(1.0)


@pytest.mark.parametrize("optimiser", ["adamw", "sgd"])
def test_the_encoder_learns_at_its_own_rate_and_norms_do_not_decay(optimiser: str) -> None:
    settings = TrainingSettings(
        encoder="mobilenet_v2", encoder_rate_factor=0.1, optimiser=optimiser, weight_decay=1e-4, learning_rate=0.5
    )
    network = build_network("unet", "mobilenet_v2", 2)
    made = build_optimiser(network, settings)
    assert set_learning_rate(made, settings, 0, 1) == 0.5
    of_encoder = {id(parameter) for parameter in network.encoder.parameters()}
    assert sum(len(group["params"]) for group in made.param_groups) == len(list(network.parameters()))
    for group in made.param_groups:
        for parameter in group["params"]:
            assert group["lr"] == pytest.approx(0.05 if id(parameter) in of_encoder else 0.5)
            assert group["weight_decay"] == (1e-4 if parameter.ndim > 1 else 0.0)
