"""Superpixels: an image cut into small regions of one colour, at three scales, made once by a worker.

SLIC (Achanta et al., PAMI 2012) as scikit-image has it. The regions are stored as a label map, whose values are the
ids of the superpixels, so that the editor looks up without loss which region lies under the pointer.
"""

import tempfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from annotator import storage
from annotator.labelmap import LabelArray, LabelTiff
from annotator.models import Image, Job, User
from annotator.services import jobs
from annotator.services.crops import Box, Pixels, read_crop
from annotator.services.jobs import JobHandle

KIND = "superpixels"
# Part of the storage key: whoever changes what is cut, counts it up, and no image keeps the regions of before.
ALGORITHM = 1
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
        handle.report(0.1, f"reading {image.name}", now=True)
        whole = Box(0, 0, image.width, image.height)
        pixels = read_crop(image, whole, max_pixels=MOST_PIXELS, may_decode_large=True)
        handle.report(0.3, f"{scale} superpixels of {image.name}", now=True)
        regions = cut_into_superpixels(pixels, SIDES_PX[scale], size=(image.width, image.height))
        _store(LabelTiff.from_array(regions, [], COMPRESSION_LEVEL), key_of(image, scale))
    return {"image": image.pk, "scale": scale}


def cut_into_superpixels(pixels: Pixels, side_px: int, *, size: tuple[int, int]) -> LabelArray:
    """Superpixels of an RGB image (h, w, 3) uint8 as ids 1..65535, scaled to `size` (width, height).

    Each is one connected region. Returns (height, width) uint16.
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
    return cv2.resize(regions, size, interpolation=cv2.INTER_NEAREST).astype(np.uint16, copy=False)


def _store(regions: LabelTiff, key: str) -> None:
    with tempfile.TemporaryDirectory(prefix="maskloop-") as folder:
        path = Path(folder) / "superpixels.tif"
        path.write_bytes(regions.to_bytes())
        storage.replace_file(key, path)
