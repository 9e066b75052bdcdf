"""Made pictures and label maps of any size: photographs in their statistics, objects in their shapes."""

import io
from functools import cache

import numpy as np
from PIL import Image

from annotator.labelmap import LabelArray, LabelTiff

QUALITY = 90


@cache
def photograph(width: int, height: int, seed: int = 0) -> bytes:
    """A JPEG of clouds, edges and grain; about 0.3 bytes a pixel, as photographs have."""
    rng = np.random.default_rng(seed)
    picture = np.zeros((height, width, 3), np.float32)
    for cells, weight in ((4, 90), (32, 50), (256, 25)):
        coarse = rng.normal(size=(cells, cells, 3)).astype(np.float32)
        for channel in range(3):
            layer = Image.fromarray(coarse[..., channel]).resize((width, height), Image.Resampling.BILINEAR)
            picture[..., channel] += weight * np.asarray(layer)
    picture += rng.normal(scale=4, size=(height, width, 1)).astype(np.float32)
    out = io.BytesIO()
    Image.fromarray(np.clip(picture + 128, 0, 255).astype(np.uint8)).save(out, "jpeg", quality=QUALITY)
    return out.getvalue()


def objects(width: int, height: int, count: int, seed: int = 0) -> LabelArray:
    """`count` ellipses with the ids 1 to `count`, (height, width) uint16; a fifth of the picture at 500."""
    rng = np.random.default_rng(seed)
    array = np.zeros((height, width), np.uint16)
    typical_radius = 0.25 * np.sqrt(width * height / max(count, 500))
    for number in range(1, count + 1):
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        rx, ry = typical_radius * rng.uniform(0.6, 1.4, 2)
        left, right = max(0, int(x - rx)), min(width, int(x + rx) + 2)
        top, bottom = max(0, int(y - ry)), min(height, int(y + ry) + 2)
        ys, xs = np.mgrid[top:bottom, left:right]
        array[top:bottom, left:right][((xs - x) / rx) ** 2 + ((ys - y) / ry) ** 2 <= 1] = number
    return array


def label_file(array: LabelArray) -> bytes:
    """The label map as the TIFF that the server takes."""
    return LabelTiff.from_array(array, [], level=1).to_bytes()
