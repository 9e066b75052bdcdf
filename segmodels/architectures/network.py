"""The shape that architectures take towards training and prediction."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True)
class ClassRows:
    """How the first dimension of a tensor is laid out: `shared` rows of no class, then `each` rows per class."""

    shared: int = 0
    each: int = 1

    def of(self, index: int) -> slice:
        """The rows of the class with this index."""
        return slice(self.shared + index * self.each, self.shared + (index + 1) * self.each)


class Network(nn.Module, ABC):
    """What every architecture offers beside its own way of being called."""

    @property
    @abstractmethod
    def encoder(self) -> nn.Module:
        """Where pretrained weights go."""

    @property
    @abstractmethod
    def class_entries(self) -> dict[str, ClassRows]:
        """Names in the state dict of every tensor whose first dimension is the classes, and its rows."""


class SegmentationNetwork(Network):
    """Normalised images (N, 3, H, W) of any size to logits (N, C, H, W) of the same size.

    `encoder` is where pretrained weights go; `classifier` is the last layer, whose C output rows are the
    classes. `class_layers` are all layers whose weights have a row per class; the classifier alone where
    none are named. Images are padded at the right and bottom to a multiple of `stride`, and to
    `smallest_side` px at least, by repeating the edge; the logits are cropped back.
    """

    def __init__(
        self,
        body: nn.Module,
        encoder: nn.Module,
        classifier: nn.Conv2d,
        stride: int = 32,
        *,
        class_layers: Sequence[nn.Module] = (),
        smallest_side: int = 0,
    ) -> None:
        super().__init__()
        self.body = body
        self.stride = stride
        self.smallest_side = smallest_side
        # All live inside `body`; kept in lists so that they are not registered, and saved, twice.
        self._encoder = [encoder]
        self._classifier = [classifier]
        self._class_layers = list(class_layers) or [classifier]

    @property
    def encoder(self) -> nn.Module:
        return self._encoder[0]

    @property
    def classifier(self) -> nn.Conv2d:
        return self._classifier[0]

    @property
    def classifier_name(self) -> str:
        """Prefix of the classifier's entries in the state dict."""
        return next(name for name, module in self.named_modules() if module is self.classifier)

    @property
    def class_entries(self) -> dict[str, ClassRows]:
        layers = {id(layer) for layer in self._class_layers}
        return {
            f"{name}.{leaf}": ClassRows()
            for name, module in self.named_modules()
            if id(module) in layers
            for leaf, _ in module.named_parameters()
        }

    def forward(self, images: Tensor) -> Tensor:
        height, width = images.shape[-2:]
        below, right = (self._missing(side) for side in (height, width))
        if below or right:
            images = functional.pad(images, (0, right, 0, below), mode="replicate")
        logits: Tensor = self.body(images)
        return logits[..., :height, :width]

    def _missing(self, side: int) -> int:
        wanted = max(side, self.smallest_side)
        return wanted + -wanted % self.stride - side
