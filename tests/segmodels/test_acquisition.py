import numpy as np
import pytest

from segmodels.acquisition import STRATEGIES, PredictionStats
from segmodels.prediction import PixelPrediction

RANKED_BY_HAND = {
    "entropy": [("lost", 0.9, 0.4), ("torn", 0.5, 0.3), ("calm", 0.1, 0.9), ("sure", 0.0, 1.0)],
}


@pytest.mark.parametrize("strategy", RANKED_BY_HAND)
def test_images_come_in_the_order_of_the_table(strategy: str) -> None:
    table = [PredictionStats(*row) for row in RANKED_BY_HAND[strategy]]
    mixed = [table[place] for place in (2, 0, 3, 1)]
    assert sorted(mixed, key=lambda stats: -STRATEGIES[strategy](stats, 0)) == table


def test_random_order_is_the_same_for_a_seed_and_another_for_another() -> None:
    table = [PredictionStats(f"image-{number}", 0.5, 0.5) for number in range(200)]
    first, again, other = ([STRATEGIES["random"](stats, seed) for stats in table] for seed in (0, 0, 1))
    assert first == again
    assert np.argsort(first).tolist() != np.argsort(other).tolist()
    assert all(0 <= score < 1 for score in first)
    assert 0.4 < float(np.mean(first)) < 0.6


def test_random_order_looks_at_nothing_but_the_name() -> None:
    assert STRATEGIES["random"](PredictionStats("a", 0.1, 0.9), 3) == STRATEGIES["random"](
        PredictionStats("a", 0.9, 0.2), 3
    )


def test_stats_are_means_over_the_pixels() -> None:
    prediction = PixelPrediction(
        np.zeros((1, 2), np.int16), np.array([[0.5, 1.0]], np.float32), np.array([[0.2, 0.0]], np.float32)
    )
    stats = PredictionStats.of(prediction, "a.png")
    assert stats.name == "a.png"
    assert stats.mean_confidence == pytest.approx(0.75)
    assert stats.mean_entropy == pytest.approx(0.1)
