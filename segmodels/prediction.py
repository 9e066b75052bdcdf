"""What a model says about one image; plain arrays, no torch."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class SegmentScore:
    """One predicted segment: `id` is its value in the label map, `score` its confidence, 0..1."""

    id: int
    class_index: int
    score: float


@dataclass(frozen=True)
class SegmentedImage:
    """A label map with its segments, as a project stores them, in the frame of the image that was given.

    `label_map` uint16 (H, W), 0 where there is no segment; `confidence` float32 (H, W), how sure the model is of
    what it decided there; `entropy` float32 (H, W), 0 certain to 1 clueless.
    """

    label_map: NDArray[np.uint16]
    segments: list[SegmentScore]
    confidence: NDArray[np.float32]
    entropy: NDArray[np.float32]


@dataclass(frozen=True)
class PixelPrediction:
    """(H, W) arrays in the frame of the image that was given.

    `class_index` int16, 0..C-1; `confidence` float32, the largest class probability; `entropy` float32,
    that of the class probabilities divided by log(C), so 0 is certain and 1 is clueless.
    Where they were asked for: `margin` float32 0..1, the largest less the second largest probability;
    `mutual_information` float32 0..1, the part of the entropy that dropout samples disagree on, in the
    same unit (BALD; Houlsby et al., 2011), high where the model, not the image, is unclear.
    """

    class_index: NDArray[np.int16]
    confidence: NDArray[np.float32]
    entropy: NDArray[np.float32]
    margin: NDArray[np.float32] | None = None
    mutual_information: NDArray[np.float32] | None = None
