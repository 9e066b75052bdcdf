"""What a training run asks of a kind of model: its batches, its losses, its scores."""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from torch import Tensor, nn

from segmodels.architectures import Network
from segmodels.reports import ValidationScores


class Batch(Protocol):
    def __len__(self) -> int:
        """Number of images."""
        ...


BatchT = TypeVar("BatchT", bound=Batch)


class Learner(Protocol[BatchT]):
    """A network of one kind with the data it learns from, in this process.

    `pixel_learner` labels pixels, `instances.learner` finds objects.
    """

    @property
    def network(self) -> Network: ...

    @property
    def usable_images(self) -> int:
        """Training images with something to learn from; one pass is over these."""
        ...

    def batch(self, step: int) -> BatchT:
        """This process' share of the images and targets of `step`, counted over the whole run.

        A function of the step alone, so that a resumed run sees the same ones. Called in a thread; pinned
        where it goes to a GPU.
        """
        ...

    def losses(self, forward: nn.Module | Callable[..., Any], batch: BatchT, piece: slice) -> dict[str, Tensor]:
        """The losses of the images `piece` of `batch` by name, `forward` being the network as it is called in a step.

        Shares of the batch's losses: over all pieces and processes their gradients add up to the batch's, and
        over all pieces their values do.
        """
        ...

    def evaluate(self, network: Network, batch_size: int, before_batch: Callable[[], None]) -> ValidationScores:
        """`network` on the validation images; `before_batch` may raise to break off."""
        ...
