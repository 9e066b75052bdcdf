"""Scores of a model that finds objects: of its detections, and of the segments that a user would see."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmodels.architectures.mask_rcnn import MaskRCNN
from segmodels.checkpoints import SegmentationModel
from segmodels.commands.progress import ProgressLine
from segmodels.instances.data import InstanceSample, read_instances
from segmodels.instances.metrics import ObjectTruth, as_detections, mask_average_precision
from segmodels.instances.prediction import (
    Detection,
    detect,
    detect_in_tiles,
    predict_instances,
    segments_from_detections,
)
from segmodels.prediction_settings import PredictionSettings


def instance_scores(
    model: SegmentationModel,
    samples: Sequence[InstanceSample],
    settings: PredictionSettings,
    progress: ProgressLine,
) -> dict[str, Any]:
    """Mask AP of the detections, which may overlap, and of the segments that they become."""
    # Refuses what cannot be done with detections, with its own words, before the first image is read.
    predict_instances(model, [], settings)
    options, class_count = model.settings.architecture_options, len(model.classes)
    truth = ObjectTruth([], [], class_count)
    found: list[list[Detection]] = []
    shown: list[list[Detection]] = []
    for sample in samples:
        image, objects = read_instances(sample, class_count)
        truth.add(objects)
        detections = _found(model, image, settings)
        label_map, segments = segments_from_detections(
            detections, (image.shape[0], image.shape[1]), options["score_threshold"], options["min_object_px"]
        )
        found.append(detections)
        shown.append([cropped(segment) for segment in as_detections(label_map, segments)])
        progress.advance()
    most = options["detections_per_image"]
    return {
        "detections": asdict(mask_average_precision(truth, found, most)),
        "segments": asdict(mask_average_precision(truth, shown, most)),
    }


def cropped(detection: Detection) -> Detection:
    """The same with a mask no larger than its object, of which a thousand images can be held."""
    rows, columns = (np.flatnonzero(detection.mask.any(axis)) for axis in (1, 0))
    if not len(rows):
        return detection
    window = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return replace(
        detection,
        top=detection.top + int(rows[0]),
        left=detection.left + int(columns[0]),
        mask=detection.mask[window].copy(),
    )


def _found(model: SegmentationModel, image: NDArray[np.uint8], settings: PredictionSettings) -> list[Detection]:
    assert isinstance(model.module, MaskRCNN)
    if settings.mode == "tiles":
        size = settings.tile_size or model.settings.image_size
        return detect_in_tiles(model.module, image, model.settings, size, settings.overlap)
    return detect(model.module, [image], model.settings)[0]
