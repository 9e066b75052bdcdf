"""Scoring a network that finds objects: mask AP of its detections, IoU of the segments they end in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from segmodels.architectures.mask_rcnn import MaskRCNN
from segmodels.evaluation import PackedTarget
from segmodels.instances.data import InstanceSample, read_instances
from segmodels.instances.metrics import ObjectTruth, mask_average_precision
from segmodels.instances.prediction import Detection, detect, segments_from_detections
from segmodels.metrics import ConfusionMatrix
from segmodels.reports import ValidationScores
from segmodels.settings import TrainingSettings


@dataclass(frozen=True)
class InstanceValidation:
    """Images to score after each epoch, their encoded objects, and the class of each pixel.

    In `class_maps` C, one more than the last class, stands for what is no object.
    """

    samples: Sequence[InstanceSample]
    truth: ObjectTruth
    class_maps: list[PackedTarget]

    @classmethod
    def build(cls, samples: Sequence[InstanceSample], class_count: int) -> Self:
        """Read the labels of every sample once; raises DataError naming the one that cannot be used."""
        truth = ObjectTruth([], [], class_count)
        class_maps = []
        for sample in samples:
            _, objects = read_instances(sample, class_count)
            truth.add(objects)
            class_maps.append(PackedTarget.pack(objects.class_map(class_count)))
        return cls(samples, truth, class_maps)

    @property
    def has_objects(self) -> bool:
        return self.truth.has_objects


def evaluate_instances(
    module: MaskRCNN,
    validation: InstanceValidation,
    settings: TrainingSettings,
    batch_size: int,
    before_batch: Callable[[], None] = lambda: None,
) -> ValidationScores:
    """Scores of `module` on all images; `before_batch` may raise to break off."""
    module.eval()
    options, class_count = settings.architecture_options, validation.truth.class_count
    confusion = ConfusionMatrix(class_count + 1)
    found: list[list[Detection]] = []
    for start in range(0, len(validation.samples), batch_size):
        before_batch()
        chunk = slice(start, start + batch_size)
        images = [np.asarray(sample.image()) for sample in validation.samples[chunk]]
        detected = detect(module, images, settings)
        for packed, detections in zip(validation.class_maps[chunk], detected, strict=True):
            target = packed.unpack()
            predicted = _class_map(detections, target.shape, class_count, options)
            confusion.add(target, predicted)
        found += detected
    ious, dices = confusion.iou_per_class[:-1], confusion.dice_per_class[:-1]
    return ValidationScores(
        val_miou=_mean(ious),
        iou_per_class=ious,
        pixel_accuracy=confusion.pixel_accuracy,
        dice=_mean(dices),
        dice_per_class=dices,
        mask=mask_average_precision(validation.truth, found, options["detections_per_image"]),
    )


def _class_map(
    detections: Sequence[Detection], size: tuple[int, ...], class_count: int, options: Mapping[str, Any]
) -> NDArray[np.int16]:
    """int16 of `size`: the class of the segment at each pixel, `class_count` where there is none."""
    label_map, segments = segments_from_detections(
        detections, (size[0], size[1]), options["score_threshold"], options["min_object_px"]
    )
    return np.array([class_count, *(segment.class_index for segment in segments)], np.int16)[label_map]


def _mean(scores: Sequence[float | None]) -> float | None:
    counted = [score for score in scores if score is not None]
    return float(np.mean(counted)) if counted else None
