"""Superpixels: an image cut into small regions of one colour, at three scales, made once by a worker.

SLIC (Achanta et al., PAMI 2012) as scikit-image has it, on a smaller copy where the image is large; then their borders
move onto the edges of the image itself. The regions are stored as a label map, whose values are the ids of the
superpixels, so that the editor looks up without loss which region lies under the pointer.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from annotator import storage
from annotator.labelmap import LabelArray, LabelTiff
from annotator.models import Image, Job, User
from annotator.phrase import Phrase
from annotator.services import jobs, pyramids
from annotator.services.crops import Box, Pixels, read_crop
from annotator.services.jobs import JobHandle
from annotator.superpixel_borders import lab_of, refine_borders

KIND = "superpixels"
# Part of the storage key: whoever changes what is cut, counts it up, and no image keeps the regions of before.
ALGORITHM = 2
JOB_KIND = "superpixels"
# Mean side of a superpixel in pixels of the copy that is cut; even the smallest give fewer than 65,536.
SIDES_PX = {"fine": 12, "medium": 24, "coarse": 48}
MOST_PIXELS = 4_000_000
COMPACTNESS = 20.0  # in steps of CIELAB: what distance counts against colour
SMOOTHING = 1 / 16  # of the side: without it the regions follow every grain
ROUNDS = 5
# The regions are large and few colours lie side by side: more effort saves little.
COMPRESSION_LEVEL = 4


def key_of(image: Image, scale: str) -> str:
    """Where the superpixels of an image's content lie, once they are made."""
    return storage.key_of(KIND, f"{image.content_hash}-{scale}", f"-v{ALGORITHM}.tif")


def find_superpixels(image: Image, scale: str) -> str | None:
    """The key of the stored label map; None where it is still to be made."""
    key = key_of(image, scale)
    if not storage.exists(key):
        return None
    storage.touch(key)  # what is used is kept
    return key


def start_superpixels(*, image: Image, user: User, scale: str) -> Job:
    """The job that makes them; the one that is at it already where there is one. Raises FailedLately."""
    return jobs.open_or_start(
        kind=JOB_KIND,
        queue="interactive",
        image=image,
        user=user,
        arguments={"image": image.pk, "scale": scale},
        retry_after=jobs.RETRY_AFTER,
    )


def run_superpixels(handle: JobHandle) -> dict[str, Any]:
    """The job: cut the image and store the regions under its content; taken up again, it finds what was made."""
    image = Image.objects.filter(pk=handle.arguments["image"]).first()
    if image is None:
        return {"image": None}  # deleted meanwhile
    scale = handle.arguments["scale"]
    if find_superpixels(image, scale) is None:
        handle.report(0.1, Phrase("reading {name}", name=image.name), now=True)
        whole = Box(0, 0, image.width, image.height)
        pixels = read_crop(image, whole, max_pixels=MOST_PIXELS, may_decode_large=True)
        handle.report(0.3, Phrase("cutting {name} into superpixels", name=image.name), now=True)
        regions = cut_into_superpixels(
            pixels, SIDES_PX[scale], size=(image.width, image.height), read_rows=_row_reader(image)
        )
        _store(LabelTiff.from_array(regions, [], COMPRESSION_LEVEL), key_of(image, scale))
    return {"image": image.pk, "scale": scale}


def _row_reader(image: Image) -> Callable[[int, int], Pixels]:
    """What gives the rows of an image from one to another, at full size, RGB."""
    pixels = image.width * image.height
    if pyramids.needs_pyramid(image) and not image.pyramid_key:
        whole = read_crop(image, Box(0, 0, image.width, image.height), max_pixels=pixels, may_decode_large=True)
        return lambda top, bottom: whole[top:bottom]
    return lambda top, bottom: read_crop(image, Box(0, top, image.width, bottom), max_pixels=pixels)


def cut_into_superpixels(
    pixels: Pixels, side_px: int, *, size: tuple[int, int], read_rows: Callable[[int, int], Pixels]
) -> LabelArray:
    """Superpixels of an RGB image as ids 1..65535 at its `size` (width, height), cut on a copy (h, w, 3) uint8 of it.

    `read_rows` gives rows of the image itself. Each superpixel is one connected region. Returns (height, width) uint16.
    """
    from skimage.segmentation import slic

    smooth = cv2.GaussianBlur(pixels, (0, 0), side_px * SMOOTHING)
    lab = cv2.cvtColor(smooth.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    regions = slic(
        lab,
        n_segments=max(1, round(pixels.shape[0] * pixels.shape[1] / side_px**2)),
        compactness=COMPACTNESS / max(1.0, float(np.ptp(lab))),  # it scales the colours to 0..1
        max_num_iter=ROUNDS,
        convert2lab=False,
        enforce_connectivity=True,
        start_label=1,
        channel_axis=-1,
    ).astype(np.uint16)
    scaled = cv2.resize(regions, size, interpolation=cv2.INTER_NEAREST).astype(np.uint16, copy=False)
    return refine_borders(scaled, _mean_colors(regions, pixels), read_rows)


def _mean_colors(regions: LabelArray, pixels: Pixels) -> NDArray[np.float32]:
    """The mean CIELAB colour of each region by id, (ids, 3)."""
    ids, colors = regions.ravel(), lab_of(pixels).reshape(-1, 3)
    counts = np.maximum(np.bincount(ids), 1)
    sums = [np.bincount(ids, colors[:, channel]) for channel in range(3)]
    return (np.stack(sums, axis=1) / counts[:, None]).astype(np.float32)


def _store(regions: LabelTiff, key: str) -> None:
    with tempfile.TemporaryDirectory(prefix="maskloop-") as folder:
        path = Path(folder) / "superpixels.tif"
        path.write_bytes(regions.to_bytes())
        storage.replace_file(key, path)
