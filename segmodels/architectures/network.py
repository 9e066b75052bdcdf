"""The one shape every architecture takes towards training and prediction."""

from torch import Tensor, nn
from torch.nn import functional


class SegmentationNetwork(nn.Module):
    """Normalised images (N, 3, H, W) of any size to logits (N, C, H, W) of the same size.

    `encoder` is where pretrained weights go; `classifier` is the last layer, whose C output rows are the
    classes. Images are padded at the right and bottom to a multiple of `stride` by repeating the edge,
    and the logits are cropped back.
    """

    def __init__(self, body: nn.Module, encoder: nn.Module, classifier: nn.Conv2d, stride: int = 32) -> None:
        super().__init__()
        self.body = body
        self.stride = stride
        # Both live inside `body`; kept in lists so that they are not registered, and saved, twice.
        self._encoder = [encoder]
        self._classifier = [classifier]

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

    def forward(self, images: Tensor) -> Tensor:
        height, width = images.shape[-2:]
        below, right = -height % self.stride, -width % self.stride
        if below or right:
            images = functional.pad(images, (0, right, 0, below), mode="replicate")
        logits: Tensor = self.body(images)
        return logits[..., :height, :width]
