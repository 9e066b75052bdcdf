"""The U-Net of 2015 (Ronneberger, Fischer and Brox): 23 convolutions, unpadded or padded."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from segmodels.architectures.network import SegmentationNetwork
from segmodels.cards import EncoderCard

LEVELS = 4
STRIDE = 2**LEVELS
# Unpadded, 16 b + 60 px in give 16 b - 124 px out, b being the side of the coarsest feature map.
LOST_PX = 184
SMALLEST_OUTPUT_PX = 4
TILE_OUTPUT_PX = 388
# Pooling sees the same pixels together only where tiles start at a multiple of the stride.
TILE_STEP_PX = TILE_OUTPUT_PX - TILE_OUTPUT_PX % STRIDE


class ContractingPath(nn.Module):
    """Five pairs of 3×3 convolutions with max-poolings between; gives their outputs, finest first."""

    def __init__(self, width: int, is_padded: bool, has_norm: bool) -> None:
        super().__init__()
        widths = [width * 2**level for level in range(LEVELS + 1)]
        self.pairs = nn.ModuleList(
            pair(before, after, is_padded, has_norm) for before, after in zip([3, *widths], widths, strict=False)
        )
        self.pool = nn.MaxPool2d(2)

    def forward(self, images: Tensor) -> list[Tensor]:
        features = [self.pairs[0](images)]
        for convolutions in list(self.pairs)[1:]:
            features.append(convolutions(self.pool(features[-1])))
        return features


class ExpandingPath(nn.Module):
    """Four 2×2 up-convolutions, each joined with the cropped features of its level and a pair of convolutions."""

    def __init__(self, width: int, is_padded: bool, has_norm: bool) -> None:
        super().__init__()
        widths = [width * 2**level for level in range(LEVELS - 1, -1, -1)]
        self.ups = nn.ModuleList(nn.ConvTranspose2d(2 * after, after, 2, 2) for after in widths)
        self.pairs = nn.ModuleList(pair(2 * after, after, is_padded, has_norm) for after in widths)

    def forward(self, features: list[Tensor]) -> Tensor:
        decoded = features[-1]
        for up, convolutions, skip in zip(self.ups, self.pairs, features[-2::-1], strict=True):
            decoded = up(decoded)
            decoded = convolutions(torch.cat([cropped(skip, decoded), decoded], 1))
        return decoded


class ClassicUnet(nn.Module):
    """Both paths and the 1×1 classifier.

    Padded: images must be a multiple of 16 px a side. Unpadded: any size; borders are mirrored, and in
    evaluation mode an image beyond 388 px is predicted in overlapping tiles of 572 px.
    """

    def __init__(self, width: int, class_count: int, is_padded: bool, has_norm: bool) -> None:
        super().__init__()
        self.is_padded = is_padded
        self.encoder = ContractingPath(width, is_padded, has_norm)
        self.decoder = ExpandingPath(width, is_padded, has_norm)
        self.classifier = nn.Conv2d(width, class_count, 1)

    def forward(self, images: Tensor) -> Tensor:
        if self.is_padded:
            return self.inside(images)
        height, width = images.shape[-2:]
        mirrored = with_mirrored_border(images)
        if self.training or max(height, width) <= TILE_OUTPUT_PX:
            return self.inside(mirrored)[..., :height, :width]
        return self.tiled(mirrored, height, width)

    def inside(self, images: Tensor) -> Tensor:
        """Logits of the part of `images` that the convolutions leave."""
        logits: Tensor = self.classifier(self.decoder(self.encoder(images)))
        return logits

    def tiled(self, mirrored: Tensor, height: int, width: int) -> Tensor:
        """The same logits as in one pass, at the memory of one tile (overlap-tile strategy of the paper)."""
        rows = []
        for top in range(0, height, TILE_STEP_PX):
            side_by_side = []
            for left in range(0, width, TILE_STEP_PX):
                bottom, right = top + TILE_OUTPUT_PX + LOST_PX, left + TILE_OUTPUT_PX + LOST_PX
                tile = self.inside(mirrored[..., top:bottom, left:right])
                side_by_side.append(tile[..., :TILE_STEP_PX, :TILE_STEP_PX])
            rows.append(torch.cat(side_by_side, 3))
        return torch.cat(rows, 2)[..., :height, :width]


def pair(channels: int, after: int, is_padded: bool, has_norm: bool) -> nn.Sequential:
    layers: list[nn.Module] = []
    for before in (channels, after):
        layer = nn.Conv2d(before, after, 3, padding=1 if is_padded else 0, bias=not has_norm)
        # The paper's start: a standard deviation of sqrt(2 / N), N being a neuron's incoming nodes.
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
        layers += [layer, *([nn.BatchNorm2d(after)] if has_norm else []), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)


def cropped(skip: Tensor, like: Tensor) -> Tensor:
    """The middle of `skip`, of the height and width of `like`."""
    height, width = like.shape[-2:]
    top, left = (skip.shape[-2] - height) // 2, (skip.shape[-1] - width) // 2
    return skip[..., top : top + height, left : left + width]


def with_mirrored_border(images: Tensor) -> Tensor:
    """`images` with 92 mirrored px at the top and left, and at least as many at the bottom and right.

    The border may be wider than the image: it is mirrored again and again.
    """
    height, width = images.shape[-2:]
    rows, columns = (mirrored_places(side, images.device) for side in (height, width))
    return images.index_select(2, rows).index_select(3, columns)


def mirrored_places(side: int, device: torch.device) -> Tensor:
    """Index of the pixel at each place of a line of `side` px with a mirrored border; the edge is not doubled."""
    output = side + (SMALLEST_OUTPUT_PX - side) % STRIDE
    places = torch.arange(output + LOST_PX, device=device) - LOST_PX // 2
    period = max(1, 2 * (side - 1))
    places = places.remainder(period)
    return torch.minimum(places, period - places).clamp(max=side - 1)


def build_unet_classic(encoder: EncoderCard, class_count: int, options: Mapping[str, Any]) -> SegmentationNetwork:
    """Randomly started U-Net; `options`: width, padding (valid or same), batch_norm."""
    is_padded = options["padding"] == "same"
    body = ClassicUnet(options["width"], class_count, is_padded, options["batch_norm"])
    return SegmentationNetwork(body, body.encoder, body.classifier, STRIDE if is_padded else 1)
