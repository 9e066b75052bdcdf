"""Whether segmodels' training ends where a plain loop of as many steps ends: mIoU on CamVid's validation images."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.models.conditions import Conditions
from benchmarks.models.data import camvid
from benchmarks.models.in_memory_loop import plain_weights
from benchmarks.models.plain_loop import PlainLoop
from benchmarks.models.training_speed import speed_settings
from segmodels.checkpoints import Normalisation
from segmodels.data import SampleCache
from segmodels.evaluation import ValidationSet, evaluate
from segmodels.folders import FileSample, LabelFolder
from segmodels.losses import balanced_class_weights
from segmodels.settings import TrainingSettings
from segmodels.training import train


def measure_equal_accuracy(conditions: Conditions, seed: int) -> dict[str, Any]:
    """mIoU in points of segmodels in float32, of the plain loop, and of segmodels in bfloat16.

    All start from the same weights and draw the same samples with the same augmentation seeds; the images
    differ by the way they are resized, the sums by their order, which training blows up as it goes.
    """
    labelled, validation = camvid(conditions)
    steps = conditions.scale.equal_steps
    settings = speed_settings(
        conditions.scale, steps, seed=seed, precision="float32", image_size=conditions.scale.equal_size
    )
    with tempfile.TemporaryDirectory(dir=conditions.folder("training")) as folder:
        work = Path(folder)
        own = _own_miou(labelled, validation, settings, work / "float32")
        conditions.say(f"seed {seed}: {own} points by segmodels in float32")
        lower = _own_miou(labelled, validation, replace(settings, precision="bfloat16"), work / "bfloat16")
        plain = _plain_miou(labelled, validation, settings, work)
    return {
        "seed": seed,
        "steps": steps,
        "image_size": list(settings.image_size),
        "segmodels": own,
        "plain": plain,
        "segmodels_bfloat16": lower,
        "difference_to_plain": round(own - plain, 2),
        "difference_of_bfloat16": round(lower - own, 2),
    }


def _own_miou(
    labelled: LabelFolder, validation: Sequence[FileSample], settings: TrainingSettings, workdir: Path
) -> float:
    result = train(labelled.samples, validation, labelled.classes, settings, workdir=workdir)
    return _points(result.history[-1].val_miou)


def _plain_miou(
    labelled: LabelFolder, validation: Sequence[FileSample], settings: TrainingSettings, workdir: Path
) -> float:
    size, class_count = settings.image_size, len(labelled.classes)
    cache = SampleCache.build(labelled.samples, class_count, size, workdir / "training")
    weights = balanced_class_weights(cache.pixels_per_class(class_count), settings.class_balance)
    start = plain_weights(settings, class_count)
    steps = settings.steps_per_epoch or 0
    loop = PlainLoop(labelled.samples, start, weights, settings, steps, workers=2)
    for _ in range(steps):
        loop.step()
    scored = ValidationSet.build(validation, class_count, size, workdir / "validation")
    normalisation = Normalisation.of_encoder(settings.encoder)
    return _points(evaluate(loop.network, scored, class_count, normalisation, settings.batch_size).confusion.miou)


def _points(miou: float | None) -> float:
    return round(100 * (miou or 0.0), 2)
