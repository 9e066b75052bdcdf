"""Which image to label next: one strategy per file, the registry, and what they look at.

A strategy is a function (stats, seed) -> float; the higher, the sooner an image should be labelled.
Needs no torch, so that a queue may call it anywhere.
"""

from collections.abc import Callable

from segmodels.acquisition.entropy import entropy_score
from segmodels.acquisition.random_order import random_score
from segmodels.acquisition.stats import PredictionStats

__all__ = ["STRATEGIES", "PredictionStats", "Strategy"]

Strategy = Callable[[PredictionStats, int], float]

STRATEGIES: dict[str, Strategy] = {
    "entropy": entropy_score,
    "random": random_score,
}
