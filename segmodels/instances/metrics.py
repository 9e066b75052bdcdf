"""COCO mask average precision (Lin et al., 2014), computed by pycocotools."""

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as rle
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from segmodels.instances.data import IGNORED, InstanceSample, ObjectMap, read_instances
from segmodels.instances.prediction import Detection
from segmodels.prediction import SegmentScore
from segmodels.reports import MaskScores

Annotation = dict[str, Any]


@dataclass(frozen=True)
class ObjectTruth:
    """The objects of labelled images at the labels' own resolution, run-length encoded.

    Ignored and unlabelled pixels are one crowd of every class: what is detected there is not counted.
    """

    sizes: list[tuple[int, int]]
    annotations: list[Annotation]
    class_count: int

    @classmethod
    def build(cls, samples: Sequence[InstanceSample], class_count: int) -> Self:
        """Read every sample once; raises DataError naming the one that cannot be used."""
        truth = cls([], [], class_count)
        for sample in samples:
            truth.add(read_instances(sample, class_count)[1])
        return truth

    def add(self, objects: ObjectMap) -> None:
        """Count in the objects of one more image."""
        self.sizes.append((objects.pixels.shape[0], objects.pixels.shape[1]))
        image_id = len(self.sizes)
        for number, index in enumerate(objects.classes, 1):
            mask = objects.pixels == number
            if mask.any():
                self.annotations.append(_annotation(image_id, index, mask))
        ignored = objects.pixels == IGNORED
        if ignored.any():
            self.annotations.extend(
                _annotation(image_id, index, ignored, is_crowd=True) for index in range(self.class_count)
            )

    @property
    def has_objects(self) -> bool:
        return any(not annotation["iscrowd"] for annotation in self.annotations)


def mask_average_precision(
    truth: ObjectTruth, found: Sequence[Sequence[Detection]], detections_per_image: int = 100
) -> MaskScores:
    """Scores of the detections of each image, in the order of the truth; the best so many per image count."""
    annotations = [
        _annotation(image_id, detection.class_index, full_mask(detection, size)) | {"score": detection.score}
        for image_id, (detections, size) in enumerate(zip(found, truth.sizes, strict=True), 1)
        for detection in detections
        if detection.mask.any()
    ]
    # pycocotools reports to standard output.
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation = COCOeval(_coco(truth, truth.annotations), _coco(truth, annotations), "segm")
        evaluation.params.maxDets = [detections_per_image]
        evaluation.params.areaRng, evaluation.params.areaRngLbl = [[0, 1e10]], ["all"]
        evaluation.evaluate()
        evaluation.accumulate()
    # IoU thresholds 0.50, 0.55 .. 0.95 x recalls x classes.
    precision = evaluation.eval["precision"][:, :, :, 0, -1]
    return MaskScores(
        ap=_mean(precision),
        ap50=_mean(precision[0]),
        ap75=_mean(precision[5]),
        ap_per_class=[_mean(precision[:, :, index]) for index in range(truth.class_count)],
    )


def as_detections(label_map: NDArray[np.uint16], segments: Sequence[SegmentScore]) -> list[Detection]:
    """Segments that do not overlap, as detections: to score what a user would see."""
    return [Detection(segment.class_index, segment.score, 0, 0, label_map == segment.id) for segment in segments]


def full_mask(detection: Detection, size: tuple[int, int]) -> NDArray[np.bool_]:
    mask = np.zeros(size, bool)
    mask[detection.window] = detection.mask
    return mask


def _annotation(image_id: int, class_index: int, mask: NDArray[np.bool_], is_crowd: bool = False) -> Annotation:
    encoded = rle.encode(np.asfortranarray(mask.view(np.uint8)))
    return {
        "image_id": image_id,
        "category_id": class_index + 1,
        "segmentation": encoded,
        "area": int(mask.sum()),
        "bbox": rle.toBbox(encoded).tolist(),
        "iscrowd": int(is_crowd),
    }


def _coco(truth: ObjectTruth, annotations: Sequence[Annotation]) -> COCO:
    coco = COCO()
    coco.dataset = {
        "images": [
            {"id": image_id, "height": height, "width": width}
            for image_id, (height, width) in enumerate(truth.sizes, 1)
        ],
        "categories": [{"id": index + 1, "name": str(index)} for index in range(truth.class_count)],
        "annotations": [annotation | {"id": number} for number, annotation in enumerate(annotations, 1)],
    }
    coco.createIndex()
    return coco


def _mean(precision: NDArray[np.float64]) -> float | None:
    """pycocotools marks what has no truth with -1."""
    counted = precision[precision > -1]
    return float(counted.mean()) if counted.size else None
