"""The network as it was trained, step by step in PyTorch: runs everywhere, what the others are held to."""

import numpy as np
from numpy.typing import NDArray

from segmodels.checkpoints import SegmentationModel
from segmodels.forward import class_probabilities


class EagerBackend:
    """float32 on CPU, bfloat16 on a GPU that has it."""

    name = "eager"

    def __init__(self, model: SegmentationModel) -> None:
        self._module = model.module
        self._normalisation = model.normalisation

    def probabilities(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        return class_probabilities(self._module, images, self._normalisation)
