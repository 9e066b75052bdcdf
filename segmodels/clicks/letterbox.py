"""The square that the encoder sees: the image scaled to its longer side, in the upper left corner."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

INPUT_PX = 1024
EMBEDDING_PX = 64
EMBEDDING_CHANNELS = 256
LOGITS_PX = 256
# Means and deviations of the colours 0..255 that the network was trained with.
MEAN = np.array([123.675, 116.28, 103.53], np.float32)
DEVIATION = np.array([58.395, 57.12, 57.375], np.float32)


@dataclass(frozen=True)
class Letterbox:
    """How an image of `width` by `height` px lies in the square of INPUT_PX."""

    width: int
    height: int

    @property
    def inner_size(self) -> tuple[int, int]:
        """Width and height of the scaled image in the square, px; one at least."""
        scale = INPUT_PX / max(self.width, self.height)
        return max(1, int(self.width * scale + 0.5)), max(1, int(self.height * scale + 0.5))

    @property
    def scales(self) -> tuple[float, float]:
        """Px of the square per image px, in x and y."""
        inner_width, inner_height = self.inner_size
        return inner_width / self.width, inner_height / self.height

    def to_square(self, x: float, y: float) -> tuple[float, float]:
        """A point of the image in px of the square; column i covers i to i + 1 in both."""
        scale_x, scale_y = self.scales
        return x * scale_x, y * scale_y

    def area_in_square(self, pixels: float) -> float:
        """Px of the square that so many px of the image cover."""
        scale_x, scale_y = self.scales
        return pixels * scale_x * scale_y


def letterbox(image: NDArray[np.uint8], placed: Letterbox) -> NDArray[np.float32]:
    """uint8 RGB (H, W, 3) to the normalised float32 (3, INPUT_PX, INPUT_PX) of the encoder, zero beside the image.

    `image` may be a smaller copy of what is `placed`.
    """
    inner_width, inner_height = placed.inner_size
    # Pillow's bilinear filter averages when it shrinks, as the one the weights were trained with.
    scaled = Image.fromarray(image).resize((inner_width, inner_height), Image.Resampling.BILINEAR)
    square = np.zeros((INPUT_PX, INPUT_PX, 3), np.float32)
    square[:inner_height, :inner_width] = (np.asarray(scaled, np.float32) - MEAN) / DEVIATION
    return np.ascontiguousarray(square.transpose(2, 0, 1))
