"""From images to detected objects, and from those to segments that do not overlap."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Self

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from segmodels.architectures.mask_rcnn import MaskRCNN
from segmodels.checkpoints import SegmentationModel
from segmodels.data import resize_image
from segmodels.device import autocast, pick_precision
from segmodels.errors import SettingsError
from segmodels.instances.data import image_tensor, working_size
from segmodels.phrase import Phrase
from segmodels.pixel_scores import normalised_entropy
from segmodels.prediction import SegmentedImage, SegmentScore
from segmodels.prediction_settings import PredictionSettings
from segmodels.segments import MOST_SEGMENTS
from segmodels.settings import TrainingSettings
from segmodels.tiling import TileGrid

# Of two detections of one object the worse keeps a rim; less than this share of its mask is such a rim
# (Kirillov et al., Panoptic Segmentation, 2019).
SMALLEST_VISIBLE_SHARE = 0.5

DEFAULT_SETTINGS = PredictionSettings()

Size = tuple[int, int]
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
    def middle(self) -> tuple[float, float]:
        """(y, x) of the middle of its mask's window, px."""
        return self.top + self.mask.shape[0] / 2, self.left + self.mask.shape[1] / 2

    def moved(self, down: int, right: int, size: tuple[int, ...]) -> Self:
        """The same in an image of `size` (height, width, …) in which its image's corner lies at (down, right)."""
        top, left = self.top + down, self.left + right
        inside = self.mask[: max(0, size[0] - top), : max(0, size[1] - left)]
        return replace(self, top=top, left=left, mask=inside)

    @property
    def window(self) -> tuple[slice, slice]:
        """Where `mask` lies in the image."""
        height, width = self.mask.shape
        return np.s_[self.top : self.top + height, self.left : self.left + width]


def predict_instances(
    model: SegmentationModel,
    images: Sequence[NDArray[np.uint8]],
    settings: PredictionSettings = DEFAULT_SETTINGS,
    before_pass: Callable[[], None] = lambda: None,
) -> list[SegmentedImage]:
    """The objects in each uint8 (H, W, 3) image, in the image's own size.

    Raises SettingsError for what cannot be done with detections: flips and dropout samples.
    """
    for field in ("flips", "mc_samples"):
        if getattr(settings, field):
            raise SettingsError(
                field,
                Phrase(
                    "not offered for {architecture}, whose results are objects",
                    architecture=model.settings.architecture,
                ),
            )
    module, options = model.module, model.settings.architecture_options
    assert isinstance(module, MaskRCNN)
    if settings.mode == "tiles":
        size = settings.tile_size or model.settings.image_size
        found = [
            detect_in_tiles(module, image, model.settings, size, settings.overlap, before_pass) for image in images
        ]
    else:
        found = detect(module, images, model.settings, before_pass=before_pass)
    segmented = []
    for image, detections in zip(images, found, strict=True):
        size = image.shape[0], image.shape[1]
        segments = segments_from_detections(detections, size, options["score_threshold"], options["min_object_px"])
        segmented.append(SegmentedImage(*segments, *_certainty(detections, size, options["score_threshold"])))
    return segmented


def detect(
    module: MaskRCNN,
    images: Sequence[NDArray[np.uint8]],
    settings: TrainingSettings,
    sizes: Sequence[Size] | None = None,
    before_pass: Callable[[], None] = lambda: None,
) -> list[list[Detection]]:
    """What `module`, in evaluation mode, finds in each uint8 (H, W, 3) image, best first; masks may overlap.

    `sizes` are the (height, width) in whose px the detections are given, where not the images' own. `before_pass`
    is called before every pass through the network and may raise to break off.
    """
    device, options = next(module.parameters()).device, settings.architecture_options
    sizes = sizes or [(image.shape[0], image.shape[1]) for image in images]
    found: list[list[Detection]] = []
    for start in range(0, len(images), settings.batch_size):
        chunk = slice(start, start + settings.batch_size)
        before_pass()
        small = [_at_working_size(image, options) for image in images[chunk]]
        with torch.inference_mode(), autocast(device, pick_precision(device)):
            results = module([image_tensor(np.require(image, requirements="W"), device) for image in small])
        for size, worked_on, result in zip(sizes[chunk], small, results, strict=True):
            factors = size[1] / worked_on.shape[1], size[0] / worked_on.shape[0]
            found.append(_detections(result, factors, size, options["mask_threshold"]))
    return found


def detect_in_tiles(
    module: MaskRCNN,
    image: NDArray[np.uint8],
    settings: TrainingSettings,
    tile_size: Size,
    overlap: float,
    before_pass: Callable[[], None] = lambda: None,
) -> list[Detection]:
    """What is found in overlapping tiles of one image at its own resolution, best first.

    Of the detections in what two tiles share, a tile keeps those whose centre is nearer to its own middle. An
    object wider than the overlap may be cut at its edge.
    """
    grid = TileGrid.cover((image.shape[0], image.shape[1]), tile_size, overlap)
    corners = [(top, left) for top in range(len(grid.rows.starts)) for left in range(len(grid.columns.starts))]
    kept: list[Detection] = []
    tiles = zip(corners, grid.cut(image), strict=True)
    while chunk := list(islice(tiles, settings.batch_size)):
        found = detect(module, [tile for _, tile in chunk], settings, before_pass=before_pass)
        for ((row, column), _), detections in zip(chunk, found, strict=True):
            for detection in detections:
                moved = detection.moved(grid.rows.starts[row], grid.columns.starts[column], image.shape)
                if moved.mask.size and grid.owner(moved.middle) == (row, column):
                    kept.append(moved)
    return sorted(kept, key=lambda detection: -detection.score)


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


def _certainty(
    detections: Sequence[Detection], size: Size, score_threshold: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Confidence and entropy, float32 0..1 of `size`, taking a pixel's best score as the chance of an object there.

    So a pixel of a doubtful detection is doubtful whether it became an object or not, and one that nothing
    covers counts as certain: what the detector missed altogether it cannot tell.
    """
    chance = np.zeros(size, np.float32)
    for detection in detections:
        part = chance[detection.window]
        np.maximum(part, np.float32(detection.score), out=part, where=detection.mask)
    confidence = np.where(chance >= score_threshold, chance, 1 - chance)
    return confidence, normalised_entropy(np.stack([chance, 1 - chance]))


def _at_working_size(image: NDArray[np.uint8], options: Mapping[str, Any]) -> NDArray[np.uint8]:
    size = image.shape[0], image.shape[1]
    return resize_image(image, working_size(size, options["min_size_px"], options["max_size_px"]))


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
