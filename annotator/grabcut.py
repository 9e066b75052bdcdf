"""The object in a box, by colour: GrabCut on a small copy, its edge then drawn to the picture's own edges.

Rother, Kolmogorov, Blake: "GrabCut", SIGGRAPH 2004 (OpenCV's implementation). The cut takes seconds at full size, so
it runs on few pixels; a guided filter (He, Sun, Tang: "Guided Image Filtering", ECCV 2010) of the larger copy turns its
coarse edge into one that follows the picture.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Pixels = NDArray[np.uint8]

CUT_PIXELS = 60_000
ROUNDS = 3
EDGE_RADIUS = 2  # in pixels of the small copy
EDGE_SOFTNESS = 1e-4


def cut_out(pixels: Pixels, inside: Mask, keep: Mask | None = None) -> Mask:
    """The object in a crop, bool (height, width).

    `pixels` is RGB (height, width, 3) uint8; `inside` says where the object may be, and what lies outside of it is
    what the object is told apart from; `keep` marks pixels that are known to be of it.
    """
    height, width = inside.shape
    scale = min(1.0, (CUT_PIXELS / (height * width)) ** 0.5)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    mask = _cut(
        cv2.resize(pixels, size, interpolation=cv2.INTER_AREA),
        _reduced(inside, size),
        None if keep is None else _reduced(keep, size),
    )
    if size == (width, height):
        return mask & inside
    soft = cv2.resize(mask.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    radius = max(1, round(EDGE_RADIUS / scale))
    found = (_guided(_grey(pixels), soft, radius) > 0.5) & inside
    return found if keep is None else found | (keep & inside)


def _reduced(mask: Mask, size: tuple[int, int]) -> Mask:
    return cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST).astype(bool)


def _cut(pixels: Pixels, inside: Mask, keep: Mask | None) -> Mask:
    if not inside.any():
        return inside
    marks = np.where(inside, cv2.GC_PR_FGD, cv2.GC_BGD).astype(np.uint8)
    if keep is not None:
        marks[keep & inside] = cv2.GC_FGD
    if inside.all():
        # Nothing to tell the object apart from: take the rim for it.
        marks[[0, -1]], marks[:, [0, -1]] = cv2.GC_BGD, cv2.GC_BGD
    if not (marks != cv2.GC_BGD).any():
        return inside
    cv2.setRNGSeed(0)  # the same box gives the same answer
    cv2.grabCut(pixels, marks, None, np.zeros((1, 65)), np.zeros((1, 65)), ROUNDS, cv2.GC_INIT_WITH_MASK)
    return (marks == cv2.GC_FGD) | (marks == cv2.GC_PR_FGD)


def _grey(pixels: Pixels) -> NDArray[np.float32]:
    return cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255


def _guided(guide: NDArray[np.float32], soft: NDArray[np.float32], radius: int) -> NDArray[np.float32]:
    """`soft` (H, W) as a locally linear function of `guide` (H, W), over windows of `radius` pixels."""
    window = (2 * radius + 1, 2 * radius + 1)

    def mean(values: NDArray[np.float32]) -> NDArray[np.float32]:
        return cv2.blur(values, window)

    mean_guide, mean_soft = mean(guide), mean(soft)
    slope = (mean(guide * soft) - mean_guide * mean_soft) / (mean(guide * guide) - mean_guide**2 + EDGE_SOFTNESS)
    return mean(slope) * guide + mean(mean_soft - slope * mean_guide)
