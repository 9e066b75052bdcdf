"""Uncertainty sampling by entropy (Settles, Active Learning Literature Survey, 2009)."""

from segmodels.acquisition.stats import PredictionStats


def entropy_score(stats: PredictionStats, seed: int = 0) -> float:
    """Mean normalised entropy of the pixels, 0 certain to 1 clueless; `seed` plays no part."""
    return stats.mean_entropy
