"""Mask R-CNN on cell nuclei within a stated time: mask AP, and a picture of what it finds."""

import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.models.conditions import Conditions, NotMeasured, Scale
from benchmarks.models.contact_sheet import Row, save_contact_sheet
from segmodels.checkpoints import SegmentationModel, load_model
from segmodels.instances.folders import InstanceFile, read_instance_folder
from segmodels.segmenting import segment_images
from segmodels.settings import ClassSpec, TrainingSettings
from segmodels.training import train

PICTURE = "mask-rcnn-nuclei.png"
WARM_STEPS = 2


@dataclass(frozen=True)
class Nuclei:
    classes: list[ClassSpec]
    training: list[InstanceFile]
    validation: list[InstanceFile]

    @classmethod
    def read(cls, conditions: Conditions) -> "Nuclei":
        """Every so-manieth image is for validation."""
        labelled = read_instance_folder(conditions.nuclei_folder() / "train")
        every = conditions.scale.nuclei_every
        return cls(
            labelled.classes,
            [sample for index, sample in enumerate(labelled.samples) if index % every],
            labelled.samples[::every],
        )


def measure_nuclei(conditions: Conditions) -> dict[str, Any]:
    """Train for as many steps as the time allows, score the last step's model, draw the picture."""
    data, folder = Nuclei.read(conditions), conditions.run_folder("nuclei")
    steps, cost = _steps_in_time(conditions, data, folder)
    settings = nuclei_settings(conditions.scale, steps)
    conditions.say(f"{steps} steps of {cost:.2f} s")
    began = time.monotonic()
    result = train(data.training, data.validation, data.classes, settings, workdir=folder / "run")
    mask = result.history[-1].mask
    if mask is None:
        raise NotMeasured("the validation images have no objects; lower the share of nuclei_every")
    model = load_model(result.checkpoint, settings.device)
    size = save_contact_sheet(conditions.pictures / PICTURE, _rows(model, data, conditions.scale.nuclei_pictured))
    return {
        "encoder": settings.encoder,
        "options": settings.architecture_options,
        "window": list(settings.image_size),
        "batch_size": settings.batch_size,
        "images": {"training": len(data.training), "validation": len(data.validation)},
        "budget_seconds": conditions.scale.nuclei_seconds,
        "steps": steps,
        "seconds": round(result.seconds, 1),
        "seconds_of_this_call": round(time.monotonic() - began, 1),
        "mask_ap": mask.ap,
        "mask_ap50": mask.ap50,
        "mask_ap75": mask.ap75,
        "picture": PICTURE,
        "picture_bytes": size,
    }


def nuclei_settings(scale: Scale, steps: int) -> TrainingSettings:
    """Mask R-CNN's recipe with small anchors, quarter turns and up to 400 objects in an image."""
    return TrainingSettings.from_dict(
        {
            "architecture": "mask_rcnn",
            "encoder": scale.encoder,
            "encoder_weights": scale.encoder_weights,
            "architecture_options": {
                "smallest_anchor_px": 16,
                "quarter_turns": True,
                "detections_per_image": 400,
                **dict(scale.nuclei_options),
            },
            "image_size": [scale.nuclei_crop_px, scale.nuclei_crop_px],
            "epochs": 1,
            "steps_per_epoch": steps,
        }
    )


def _steps_in_time(conditions: Conditions, data: Nuclei, folder: Path) -> tuple[int, float]:
    """Steps within the budget, by the median of a few after two warm ones; kept, so that a killed run goes on."""
    kept = folder / "seconds-per-step.txt"
    if not kept.is_file():
        kept.write_text(f"{_seconds_per_step(conditions.scale, data, folder):.4f}\n")
    cost = float(kept.read_text())
    return max(1, int(conditions.scale.nuclei_seconds / cost)), cost


def _seconds_per_step(scale: Scale, data: Nuclei, folder: Path) -> float:
    readings: list[float] = []
    settings = nuclei_settings(scale, WARM_STEPS + scale.nuclei_probe_steps)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        train(
            data.training, [], data.classes, settings,
            workdir=Path(scratch), on_step=lambda report: readings.append(time.monotonic()),
        )  # fmt: skip
    counted = readings[WARM_STEPS - 1 :]
    return statistics.median(after - before for before, after in zip(counted, counted[1:], strict=False))


def _rows(model: SegmentationModel, data: Nuclei, count: int) -> list[Row]:
    """Validation images spread over the whole set, with what is true and what was found."""
    shown = [data.validation[index * len(data.validation) // count] for index in range(count)]
    images = [np.asarray(sample.image(), np.uint8) for sample in shown]
    found = segment_images(model, images, ["thing"])
    return [
        Row(image, np.maximum(sample.objects().pixels, 0), segmented.label_map)
        for image, sample, segmented in zip(images, shown, found, strict=True)
    ]
