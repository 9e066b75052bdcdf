"""What only a GPU can show: mixed precision, pinned memory, compilation, two processes over NCCL."""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.models.conditions import Conditions, NotMeasured
from benchmarks.models.data import camvid
from benchmarks.models.turns import ratio
from segmodels.device import host_tensor
from segmodels.settings import TrainingSettings
from segmodels.training import train

WARM_STEPS = 5
ROUNDS = 3
COPIES = 50


def measure_mixed_precision(conditions: Conditions) -> dict[str, Any]:
    """Steps in float32 and in the precision that the GPU is given by itself, in turns."""
    _check_gpus(1)
    return _compared(conditions, {"precision": "float32"}, {"precision": "auto"})


def measure_compilation(conditions: Conditions) -> dict[str, Any]:
    """Steps of the plain and of the compiled network, in turns; compiling is not counted."""
    _check_gpus(1)
    return _compared(conditions, {"compile": False}, {"compile": True})


def measure_pinned_memory(conditions: Conditions) -> dict[str, Any]:
    """Copies of a batch to the GPU from ordinary and from pinned memory, as training makes them."""
    _check_gpus(1)
    device = torch.device("cuda")
    shape = (conditions.scale.batch_size, *conditions.scale.camvid_full_size, 3)
    images = np.zeros(shape, np.uint8)
    pinned = host_tensor(images, device)
    ordinary = torch.from_numpy(images)
    seconds: dict[str, list[float]] = {"ordinary": [], "pinned": []}
    for _ in range(ROUNDS + 1):
        seconds["ordinary"].append(_copy_seconds(ordinary, device))
        seconds["pinned"].append(_copy_seconds(pinned, device))
    return {
        "batch": list(shape),
        "is_pinned": pinned.is_pinned(),
        "speedup": ratio(seconds["ordinary"][1:], seconds["pinned"][1:]),
    }


def measure_two_processes(conditions: Conditions) -> dict[str, Any]:
    """A short run of `python -m segmodels train` under torchrun with two processes, each on its GPU."""
    _check_gpus(2)
    folder, scale = conditions.camvid_folder(), conditions.scale
    with tempfile.TemporaryDirectory(dir=conditions.folder("gpu")) as scratch:
        command = [
            sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2",
            "-m", "segmodels", "train", str(folder.resolve()), "--out", f"{scratch}/model.safetensors",
            "--encoder", scale.encoder, "--encoder-weights", scale.encoder_weights, "--epochs", "1",
            "--steps-per-epoch", str(scale.gpu_steps), "--image-size", "x".join(map(str, scale.camvid_full_size)),
        ]  # fmt: skip
        began = time.perf_counter()
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    told = json.loads(done.stdout.splitlines()[-1])
    return {"processes": 2, "seconds": round(time.perf_counter() - began, 1), "val_miou": told["val_miou"]}


def _check_gpus(wanted: int) -> None:
    found = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if found < wanted:
        raise NotMeasured(f"{wanted} CUDA GPU{'s' if wanted > 1 else ''} wanted, {found} available here")


def _compared(conditions: Conditions, first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    seconds: tuple[list[float], list[float]] = ([], [])
    losses: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for place, changed in enumerate((first, second)):
            taken, loss = _step(conditions, changed)
            seconds[place].append(taken)
            losses[place].append(loss)
    return {
        "from": first,
        "to": second,
        "speedup": ratio(*seconds),
        "last_loss": [round(statistics.mean(of), 4) for of in losses],
    }


def _step(conditions: Conditions, changed: dict[str, Any]) -> tuple[float, float]:
    """Median seconds of a step after the warm ones, and the mean loss of those counted."""
    scale = conditions.scale
    labelled, _ = camvid(conditions)
    settings = TrainingSettings.from_dict(
        {
            "encoder": scale.encoder,
            "encoder_weights": scale.encoder_weights,
            "image_size": list(scale.camvid_full_size),
            "batch_size": scale.batch_size,
            "epochs": 1,
            "steps_per_epoch": WARM_STEPS + scale.gpu_steps,
            "device": "cuda",
            **changed,
        }
    )
    readings: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory(dir=conditions.folder("gpu")) as folder:
        train(
            labelled.samples, [], labelled.classes, settings,
            workdir=Path(folder), on_step=lambda report: readings.append((time.perf_counter(), report.loss)),
        )  # fmt: skip
    times = [moment for moment, _ in readings[WARM_STEPS - 1 :]]
    taken = statistics.median(after - before for before, after in zip(times, times[1:], strict=False))
    return taken, statistics.mean(loss for _, loss in readings[WARM_STEPS:])


def _copy_seconds(images: torch.Tensor, device: torch.device) -> float:
    torch.cuda.synchronize()
    began = time.perf_counter()
    for _ in range(COPIES):
        images.to(device, non_blocking=True)
    torch.cuda.synchronize()
    return (time.perf_counter() - began) / COPIES
