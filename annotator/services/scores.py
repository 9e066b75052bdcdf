"""Which of two models is better: an mIoU and a mask AP do not compare."""

from annotator.models import ModelVersion


def score_change(before: ModelVersion, after: ModelVersion) -> float | None:
    """The score of `after` less that of `before`; None where they have none, or of different names."""
    if before.score_name != after.score_name or before.score is None or after.score is None:
        return None
    return after.score - before.score


def is_better(model: ModelVersion, than: ModelVersion) -> bool:
    """Whether its score is higher; any score of the same name is better than none."""
    if model.score is None or model.score_name != than.score_name:
        return False
    return than.score is None or model.score > than.score
