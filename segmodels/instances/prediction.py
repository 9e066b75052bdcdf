"""From images to detected objects, and from those to segments that do not overlap."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from segmodels.data import resize_image
from segmodels.device import autocast
from segmodels.instances.checkpoints import InstanceModel
from segmodels.instances.data import image_tensor, working_size
from segmodels.instances.mask_rcnn import MaskRCNN
from segmodels.instances.settings import InstanceSettings
from segmodels.segments import MOST_SEGMENTS, SegmentScore

# Of two detections of one object the worse keeps a rim; less than this share of its mask is such a rim
# (Kirillov et al., Panoptic Segmentation, 2019).
SMALLEST_VISIBLE_SHARE = 0.5

Segments = tuple[NDArray[np.uint16], list[SegmentScore]]


@dataclass(frozen=True)
class Detection:
    """One found object: `mask` bool (h, w) is true on its pixels, its corner at (`top`, `left`) of the image."""

    class_index: int
    score: float
    top: int
    left: int
    mask: NDArray[np.bool_]

    @property
    def window(self) -> tuple[slice, slice]:
        """Where `mask` lies in the image."""
        height, width = self.mask.shape
        return np.s_[self.top : self.top + height, self.left : self.left + width]


def predict_instances(model: InstanceModel, images: Sequence[NDArray[np.uint8]]) -> list[Segments]:
    """Label map uint16 (H, W) and its segments for each uint8 (H, W, 3) image, in the image's own size."""
    settings = model.settings
    return [
        segments_from_detections(
            found, (image.shape[0], image.shape[1]), settings.score_threshold, settings.min_object_px
        )
        for image, found in zip(images, detect(model.module, images, settings), strict=True)
    ]


def detect(module: MaskRCNN, images: Sequence[NDArray[np.uint8]], settings: InstanceSettings) -> list[list[Detection]]:
    """What `module`, in evaluation mode, finds in each uint8 (H, W, 3) image, best first; masks may overlap."""
    device = next(module.parameters()).device
    found: list[list[Detection]] = []
    for start in range(0, len(images), settings.batch_size):
        chunk = images[start : start + settings.batch_size]
        small = [_at_working_size(image, settings) for image in chunk]
        with torch.inference_mode(), autocast(device):
            results = module([image_tensor(image, device) for image in small])
        for image, worked_on, result in zip(chunk, small, results, strict=True):
            factors = image.shape[1] / worked_on.shape[1], image.shape[0] / worked_on.shape[0]
            found.append(_detections(result, factors, (image.shape[0], image.shape[1]), settings.mask_threshold))
    return found


def segments_from_detections(
    detections: Sequence[Detection],
    size: tuple[int, int],
    score_threshold: float = 0.5,
    min_object_px: int = 16,
    min_visible_share: float = SMALLEST_VISIBLE_SHARE,
) -> Segments:
    """Label map uint16 of `size` = (height, width) and its segments, ids 1..n from the best score down.

    A pixel belongs to the detection of the highest score that covers it. A detection of which fewer than
    `min_object_px` pixels, or less than `min_visible_share`, are left is dropped and what it had covered
    stays free for the next. Everything else stays 0, unlabelled: a detector says nothing about stuff.
    """
    label_map = np.zeros(size, np.uint16)
    segments: list[SegmentScore] = []
    for detection in sorted(detections, key=lambda found: -found.score):
        if detection.score < score_threshold or len(segments) == MOST_SEGMENTS:
            break
        covered = label_map[detection.window]
        visible = detection.mask & (covered == 0)
        left = int(visible.sum())
        if left < max(1, min_object_px, min_visible_share * int(detection.mask.sum())):
            continue
        covered[visible] = len(segments) + 1
        segments.append(SegmentScore(len(segments) + 1, detection.class_index, detection.score))
    return label_map, segments


def _at_working_size(image: NDArray[np.uint8], settings: InstanceSettings) -> NDArray[np.uint8]:
    size = image.shape[0], image.shape[1]
    return resize_image(image, working_size(size, settings.min_size_px, settings.max_size_px))


def _detections(
    result: dict[str, Tensor], factors: tuple[float, float], size: tuple[int, int], mask_threshold: float
) -> list[Detection]:
    boxes = result["boxes"].float().cpu().numpy() * np.array([*factors, *factors], np.float32)
    masks = result["masks"][:, 0].float().cpu().numpy()
    labels, scores = result["labels"].tolist(), result["scores"].tolist()
    return [
        Detection(label - 1, score, *_pasted(mask, box, size, mask_threshold))
        for label, score, box, mask in zip(labels, scores, boxes, masks, strict=True)
    ]


def _pasted(
    probabilities: NDArray[np.float32], box: NDArray[np.float32], size: tuple[int, int], threshold: float
) -> tuple[int, int, NDArray[np.bool_]]:
    """Top, left and mask of the pixels of `box` whose centres have a bilinear probability above `threshold`."""
    x0, y0, x1, y1 = (float(value) for value in box)
    left, top = max(0, math.floor(x0)), max(0, math.floor(y0))
    width = max(0, min(size[1], math.ceil(x1)) - left)
    height = max(0, min(size[0], math.ceil(y1)) - top)
    if not width or not height:
        return top, left, np.zeros((0, 0), bool)
    cells = probabilities.shape[0]
    across, down = cells / max(x1 - x0, 1e-3), cells / max(y1 - y0, 1e-3)
    columns = (left + np.arange(width) + 0.5 - x0) * across - 0.5
    rows = (top + np.arange(height) + 0.5 - y0) * down - 0.5
    x, y = np.meshgrid(columns.astype(np.float32), rows.astype(np.float32))
    values = cv2.remap(probabilities, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    inside_rows = (rows > -0.5) & (rows < cells - 0.5)
    inside_columns = (columns > -0.5) & (columns < cells - 0.5)
    return top, left, (np.asarray(values) > threshold) & inside_rows[:, None] & inside_columns
