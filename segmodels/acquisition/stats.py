"""The few numbers of a prediction that strategies rank by; cheap to store and to send."""

from dataclasses import dataclass
from typing import Self

from segmodels.prediction import PixelPrediction, SegmentedImage


@dataclass(frozen=True)
class PredictionStats:
    """`name` identifies the image within its project; means are over all of its pixels, 0..1."""

    name: str
    mean_entropy: float
    mean_confidence: float

    @classmethod
    def of(cls, prediction: PixelPrediction | SegmentedImage, name: str) -> Self:
        return cls(name, float(prediction.entropy.mean()), float(prediction.confidence.mean()))
