"""Every architecture for the same processor time: how many steps that is, and what comes out."""

import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.models.conditions import Conditions, NotMeasured, Scale
from benchmarks.models.data import camvid
from benchmarks.record import Record
from segmodels.catalogue import ARCHITECTURE_CARDS, ENCODERS
from segmodels.device import pick_device, pick_training_precision
from segmodels.reports import TrainingResult
from segmodels.settings import TrainingSettings
from segmodels.training import train

PART, STEPS = "camvid", "steps"
# They differ in their last layers alone, so that equal steps compare those.
SAME_STEPS = ("fcn32s", "fcn16s", "fcn8s")
WARM_STEPS = 2


def recipe(scale: Scale, architecture: str, steps: int) -> TrainingSettings:
    """The one recipe of the comparison: AdamW at 3e-3 with a cosine over exactly `steps`, class balance 0.5.

    The encoder whose ImageNet weights an installed package carries where the architecture takes it, else the
    architecture's own from a random start.
    """
    card = ARCHITECTURE_CARDS[architecture]
    takes = card.takes(ENCODERS[scale.encoder])
    return TrainingSettings(
        architecture=architecture,
        encoder=scale.encoder if takes else card.default_encoder,
        encoder_weights=scale.encoder_weights if takes else "none",
        image_size=scale.camvid_size,
        batch_size=scale.batch_size,
        epochs=1,
        steps_per_epoch=steps,
        device="cpu",
    )


def measure_steps(conditions: Conditions) -> dict[str, Any]:
    """Processor seconds per step, medians of a few after two warm ones, and the steps that the budget buys."""
    scale = conditions.scale
    costs = {name: _cpu_seconds_per_step(conditions, name) for name in scale.camvid_architectures}
    steps = {name: max(1, int(scale.camvid_cpu_seconds / cost)) for name, cost in costs.items()}
    shared = min((steps[name] for name in SAME_STEPS if name in steps), default=0)
    steps |= {name: shared for name in SAME_STEPS if name in steps}
    labelled, validation = camvid(conditions)
    return {
        "images": {"training": len(labelled.samples), "validation": len(validation)},
        "classes": len(labelled.classes),
        "cpu_seconds": scale.camvid_cpu_seconds,
        "cpu_seconds_per_step": costs,
        "steps": steps,
    }


def measure_architecture(conditions: Conditions, record: Record, architecture: str) -> dict[str, Any]:
    """Train within the budget and score the last step's model on the validation images at 480x360."""
    counted = record.figures(PART, STEPS)
    if counted is None:
        raise NotMeasured(f"the steps of the budget were not counted ({record.reason(PART, STEPS)})")
    settings = recipe(conditions.scale, architecture, counted["steps"][architecture])
    return _trained(conditions, settings, conditions.run_folder(PART, architecture))


def measure_full(conditions: Conditions, architecture: str) -> dict[str, Any]:
    """On a GPU: the architecture's own recipe at 480x360 for as many steps as 200 passes, mixed precision."""
    import torch

    if not torch.cuda.is_available():
        raise NotMeasured("no CUDA GPU is available here")
    scale = conditions.scale
    card = ARCHITECTURE_CARDS[architecture]
    takes = card.takes(ENCODERS[scale.encoder])
    settings = TrainingSettings.from_dict(
        {
            "architecture": architecture,
            "encoder": scale.encoder if takes else card.default_encoder,
            "encoder_weights": scale.encoder_weights if takes else "none",
            "image_size": list(scale.camvid_full_size),
            "epochs": scale.camvid_epochs,
            "device": "cuda",
        }
    )
    return _trained(conditions, settings, conditions.run_folder("camvid-full", architecture))


def model_folder(conditions: Conditions, architecture: str) -> Path:
    """Where the run of an architecture keeps its state and its model, best.safetensors."""
    return conditions.folder(PART, architecture)


def _trained(conditions: Conditions, settings: TrainingSettings, workdir: Path) -> dict[str, Any]:
    labelled, validation = camvid(conditions)
    cpu = time.process_time()
    result = train(labelled.samples, validation, labelled.classes, settings, workdir=workdir)
    names = [spec.name for spec in labelled.classes]
    return _figures(result, settings, names) | {"cpu_seconds_of_this_call": round(time.process_time() - cpu, 1)}


def _figures(result: TrainingResult, settings: TrainingSettings, names: list[str]) -> dict[str, Any]:
    last = result.history[-1]
    precision = pick_training_precision(pick_device(settings.device), settings.precision)
    return {
        "encoder": settings.encoder,
        "encoder_weights": settings.encoder_weights,
        "image_size": list(settings.image_size),
        "batch_size": settings.batch_size,
        "learning_rate": settings.learning_rate,
        "precision": str(precision).removeprefix("torch."),
        "steps": (settings.steps_per_epoch or 0) * settings.epochs or None,
        "epochs": settings.epochs,
        "parameters": result.parameters,
        "seconds": round(result.seconds, 1),
        "train_loss": round(last.train_loss, 4),
        "val_miou": last.val_miou,
        "pixel_accuracy": last.pixel_accuracy,
        "boundary_miou": last.boundary_miou,
        "iou_per_class": dict(zip(names, last.iou_per_class, strict=True)),
    }


def _cpu_seconds_per_step(conditions: Conditions, architecture: str) -> float:
    """Validation and what goes before the first step are not counted."""
    labelled, _ = camvid(conditions)
    settings = replace(
        recipe(conditions.scale, architecture, WARM_STEPS + conditions.scale.camvid_probe_steps), state_seconds=86_400.0
    )
    readings: list[float] = []
    with tempfile.TemporaryDirectory(dir=conditions.folder(PART)) as folder:
        train(
            labelled.samples, [], labelled.classes, settings,
            workdir=Path(folder), on_step=lambda report: readings.append(time.process_time()),
        )  # fmt: skip
    counted = readings[WARM_STEPS - 1 :]
    cost = statistics.median(after - before for before, after in zip(counted, counted[1:], strict=False))
    conditions.say(f"{architecture}: {cost:.2f} s of processor time per step")
    return round(cost, 4)
