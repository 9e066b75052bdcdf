"""The image encoder of MobileSAM: timm's TinyViT-5M with SAM's neck. Needs torch.

Wu et al., TinyViT (2022). timm puts the layer between two stages at the start of the later one, MobileSAM's file at the
end of the earlier one; MobileSAM does not halve the resolution before the last stage.
"""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import timm
import torch
from numpy.typing import NDArray
from timm.layers import LayerNorm2d
from torch import Tensor, nn

from segmodels.clicks.letterbox import EMBEDDING_CHANNELS, Letterbox, letterbox
from segmodels.device import pick_device

BACKBONE = "tiny_vit_5m_224"
LAST_STAGE = 3


class ClickEncoder(nn.Module):
    """Images (N, 3, 1024, 1024), normalised, to embeddings (N, 256, 64, 64)."""

    def __init__(self) -> None:
        super().__init__()
        backbone: Any = timm.create_model(BACKBONE, pretrained=False, num_classes=0)
        backbone.head = nn.Identity()
        backbone.stages[LAST_STAGE].downsample.conv2.conv.stride = (1, 1)
        self.backbone = backbone
        channels = EMBEDDING_CHANNELS
        self.neck = nn.Sequential(
            nn.Conv2d(backbone.num_features, channels, 1, bias=False),
            LayerNorm2d(channels, eps=1e-6),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            LayerNorm2d(channels, eps=1e-6),
        )

    def forward(self, images: Tensor) -> Tensor:
        embeddings: Tensor = self.neck(self.backbone.forward_features(images))
        return embeddings


def our_names(published: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of the published encoder, `image_encoder.` left off, by their names in ClickEncoder."""
    # The classification head comes from the backbone's own training and has no part in embeddings.
    return {_our_name(name): tensor for name, tensor in published.items() if not re.match(r"(norm_)?head\.", name)}


STEM = {"patch_embed.seq.0.": "patch_embed.conv1.", "patch_embed.seq.2.": "patch_embed.conv2."}


def _our_name(name: str) -> str:
    if name.startswith("neck."):
        return name
    for theirs, ours in STEM.items():
        name = name.replace(theirs, ours)
    name = re.sub(r"^layers\.(\d)\.downsample\.", lambda found: f"stages.{int(found[1]) + 1}.downsample.", name)
    name = re.sub(r"^layers\.", "stages.", name)
    return "backbone." + re.sub(r"\.c\.", ".conv.", name)


def embed_image(
    encoder: ClickEncoder, image: NDArray[np.uint8], placed: Letterbox | None = None
) -> NDArray[np.float32]:
    """float32 (256, 64, 64): what the decoder needs to know about a uint8 RGB (H, W, 3) image.

    Where `image` is a smaller copy, `placed` is the image that clicks will be made on.
    """
    placed = placed or Letterbox(image.shape[1], image.shape[0])
    device = pick_device()
    encoder.to(device).to(memory_format=torch.channels_last)
    inputs = torch.from_numpy(letterbox(image, placed))[None].to(device, memory_format=torch.channels_last)
    with torch.inference_mode():
        return np.ascontiguousarray(encoder.eval()(inputs)[0].float().cpu().numpy())
