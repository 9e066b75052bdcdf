"""What a model says about one image, pixel by pixel; plain arrays, no torch."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class PixelPrediction:
    """Three (H, W) arrays in the frame of the image that was given.

    `class_index` int16, 0..C-1; `confidence` float32, the largest class probability; `entropy` float32,
    that of the class probabilities divided by log(C), so 0 is certain and 1 is clueless.
    """

    class_index: NDArray[np.int16]
    confidence: NDArray[np.float32]
    entropy: NDArray[np.float32]
