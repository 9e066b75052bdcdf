"""SegNet (Badrinarayanan, Kendall and Cipolla, 2017): un-pooling with the indices kept by max-pooling."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from segmodels.architectures.network import SegmentationNetwork
from segmodels.cards import EncoderCard

STAGE_LENGTHS = (2, 2, 3, 3, 3)
STAGE_WIDTHS = (1, 2, 4, 8, 8)


class VggEncoder(nn.Module):
    """The 13 convolutions of VGG-16 with batch norm, named as torchvision names them.

    Gives the five pooled feature maps at strides 2 to 32; `pooled` also gives what un-pooling needs.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = 3
        for length, factor in zip(STAGE_LENGTHS, STAGE_WIDTHS, strict=True):
            for _ in range(length):
                layers += convolution(channels, factor * width)
                channels = factor * width
            layers.append(nn.MaxPool2d(2, return_indices=True))
        self.features = nn.Sequential(*layers)

    def forward(self, images: Tensor) -> list[Tensor]:
        return self.pooled(images)[0]

    def pooled(self, images: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """Pooled feature maps and the indices of the maxima, finest first."""
        features, indices = [], []
        for layer in self.features:
            if isinstance(layer, nn.MaxPool2d):
                images, places = layer(images)
                features.append(images)
                indices.append(places)
            else:
                images = layer(images)
        return features, indices


class SegNet(nn.Module):
    """The encoder mirrored; `decoders` go from coarse to fine. Images must be a multiple of 32 px a side."""

    def __init__(self, width: int, class_count: int) -> None:
        super().__init__()
        self.encoder = VggEncoder(width)
        stages = list(zip(STAGE_LENGTHS, STAGE_WIDTHS, strict=True))[::-1]
        narrower = [factor * width for _, factor in stages[1:]]
        self.decoders = nn.ModuleList(
            decoder_stage(factor * width, after, length)
            for (length, factor), after in zip(stages, [*narrower, width], strict=True)
        )
        # The last stage's second convolution is the classifier, as in the paper.
        self.classifier = nn.Conv2d(width, class_count, 3, padding=1)

    def forward(self, images: Tensor) -> Tensor:
        features, indices = self.encoder.pooled(images)
        decoded = features[-1]
        for decoder, places in zip(self.decoders, reversed(indices), strict=True):
            decoded = decoder(unpool(decoded, places))
        logits: Tensor = self.classifier(decoded)
        return logits


def unpool(values: Tensor, places: Tensor) -> Tensor:
    """(N, C, h, w) to (N, C, 2h, 2w): each value at the place in the flattened map that max-pooling kept, else 0.

    `functional.max_unpool2d` does the same, but cannot be exported.
    """
    count, channels, height, width = values.shape
    flat = values.new_zeros(count, channels, 4 * height * width)
    flat = flat.scatter(2, places.flatten(2), values.flatten(2))
    return flat.view(count, channels, 2 * height, 2 * width)


def convolution(channels: int, after: int) -> list[nn.Module]:
    layer = nn.Conv2d(channels, after, 3, padding=1)
    nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
    nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
    return [layer, nn.BatchNorm2d(after), nn.ReLU(inplace=True)]


def decoder_stage(channels: int, after: int, length: int) -> nn.Sequential:
    """`length` convolutions, the last one to the width of the next stage; the finest stage has one less."""
    is_finest = after == channels and length == 2
    widths = [channels] * (length - 1) + ([] if is_finest else [after])
    return nn.Sequential(*(layer for width in widths for layer in convolution(channels, width)))


def build_segnet(encoder: EncoderCard, class_count: int, options: Mapping[str, Any]) -> SegmentationNetwork:
    """Randomly started SegNet; `options`: width."""
    body = SegNet(options["width"], class_count)
    return SegmentationNetwork(body, body.encoder, body.classifier)
