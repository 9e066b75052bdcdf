"""Steps per second of segmodels' training beside the same loop in memory and beside a plain loop."""

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from benchmarks.models.conditions import Conditions, Scale
from benchmarks.models.data import camvid
from benchmarks.models.in_memory_loop import InMemoryLoop, plain_weights
from benchmarks.models.plain_loop import PlainLoop
from benchmarks.models.turns import OWN, Turns, medians, ratio
from segmodels.data import SampleCache
from segmodels.device import pick_training_precision
from segmodels.losses import balanced_class_weights
from segmodels.settings import TrainingSettings
from segmodels.training import train

IN_FLOAT32, IN_BFLOAT16 = "in_memory_float32", "in_memory_bfloat16"
PLAIN_WORKERS, PLAIN = "plain_2_workers", "plain_0_workers"


def speed_settings(scale: Scale, steps: int, **changed: Any) -> TrainingSettings:
    """U-Net at the size of the speed measurements, one epoch of `steps`, on the CPU."""
    return TrainingSettings(
        **{
            "encoder": scale.encoder,
            "encoder_weights": scale.encoder_weights,
            "image_size": scale.speed_size,
            "batch_size": scale.batch_size,
            "epochs": 1,
            "steps_per_epoch": steps,
            "state_seconds": 86_400.0,
            "device": "cpu",
            **changed,
        }
    )


def measure_speed(conditions: Conditions) -> dict[str, Any]:
    """Ratios of interleaved rounds; above 1 segmodels is the faster one."""
    scale = conditions.scale
    steps = scale.speed_rounds * (scale.speed_warm_steps + scale.speed_steps)
    settings = speed_settings(scale, steps)
    turns = Turns(_rivals(conditions, settings, steps), scale.speed_steps, scale.speed_warm_steps)
    labelled, _ = camvid(conditions)
    with tempfile.TemporaryDirectory(dir=conditions.folder("training")) as folder:
        train(
            labelled.samples, [], labelled.classes, settings,
            workdir=Path(folder), on_step=lambda report: turns.after_step(),
        )  # fmt: skip
    own = turns.seconds[OWN]
    lower = pick_training_precision(torch.device("cpu"), settings.precision) == torch.bfloat16
    in_memory = turns.seconds[IN_BFLOAT16 if lower else IN_FLOAT32]
    return {
        "model": f"unet, {settings.encoder}",
        "image_size": list(settings.image_size),
        "batch_size": settings.batch_size,
        "precision": "bfloat16" if lower else "float32",
        "seconds_per_step": medians(turns.seconds),
        "speed_of_in_memory": ratio(in_memory, own),
        "speedup_over_plain_2_workers": ratio(turns.seconds[PLAIN_WORKERS], own),
        "speedup_over_plain_0_workers": ratio(turns.seconds[PLAIN], own),
        "speedup_of_bfloat16": ratio(turns.seconds[IN_FLOAT32], turns.seconds[IN_BFLOAT16]),
    }


def _rivals(conditions: Conditions, settings: TrainingSettings, steps: int) -> dict[str, Callable[[], None]]:
    labelled, _ = camvid(conditions)
    class_count = len(labelled.classes)
    cache = SampleCache.build(
        labelled.samples, class_count, settings.image_size, conditions.folder("training") / "in-memory"
    )
    weights = balanced_class_weights(cache.pixels_per_class(class_count), settings.class_balance)
    start = plain_weights(settings, class_count)
    loops: dict[str, InMemoryLoop | PlainLoop] = {
        IN_FLOAT32: InMemoryLoop(cache, class_count, replace(settings, precision="float32")),
        IN_BFLOAT16: InMemoryLoop(cache, class_count, replace(settings, precision="bfloat16")),
        PLAIN_WORKERS: PlainLoop(labelled.samples, start, weights, settings, steps, workers=2),
        PLAIN: PlainLoop(labelled.samples, start, weights, settings, steps, workers=0),
    }
    return {name: loop.step for name, loop in loops.items()}
