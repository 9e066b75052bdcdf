"""What every backend offers, and how it says that it cannot run here."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from segmodels.errors import SegmodelsError
from segmodels.phrase import Phrase


class Backend(Protocol):
    """A network made ready to run; making one may take seconds, so keep it for as long as its model."""

    @property
    def name(self) -> str:
        """Its key in the registry."""
        ...

    def probabilities(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Class probabilities float32 (N, C, h, w), contiguous, for uint8 (N, h, w, 3) of any size."""
        ...


class BackendUnavailable(SegmodelsError):
    """A backend cannot run on this machine or with this network; `reason` says what is missing."""

    def __init__(self, backend: str, reason: str) -> None:
        super().__init__(Phrase("{name}: {reason}", name=backend, reason=reason))
        self.backend = backend
        self.reason = reason
