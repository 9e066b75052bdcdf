"""Images per second of whole pre-label jobs beside the bare forward pass of the same backend."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import torch

from benchmarks.models.conditions import Conditions, NotMeasured
from benchmarks.models.trained_unet import at_size, trained_unet
from benchmarks.record import Record
from segmodels.checkpoints import save_model

SCRIPT = "benchmarks.models.prelabel_process"
REPOSITORY = Path(__file__).resolve().parents[2]


def measure_prelabel(conditions: Conditions, record: Record, size: tuple[int, int], backend: str) -> dict[str, Any]:
    """Run the job in a process with a data folder of its own; `backend` is "eager" or "auto", the one kept."""
    name = f"{size[1]}x{size[0]}"
    choice = record.figures("backends", name)
    if backend == "auto" and choice is None:
        raise NotMeasured(f"which backend is kept is not known; run the part backends/{name} first")
    images = conditions.camvid_folder() / "train" / "images"
    model, trained = trained_unet(conditions)
    model = at_size(model, size)
    with tempfile.TemporaryDirectory(dir=conditions.folder("prelabel")) as folder:
        weights = conditions.folder("prelabel") / f"unet-{size[0]}x{size[1]}.safetensors"
        save_model(weights, model.module.state_dict(), model.classes, model.settings, model.normalisation, model.scores)
        order = {
            "images": str(images.resolve()),
            "count": conditions.scale.prelabel_images,
            "weights": str(weights.resolve()),
            "backend": choice["auto"] if backend == "auto" and choice else backend,
            "threads": torch.get_num_threads(),
        }
        told = _run(order, data=Path(folder).resolve())
    conditions.say(f"{size[1]}x{size[0]}, {told['backend']}: {told['ratio']['median']:.2f} of the bare forward pass")
    return {"trained": trained, "image_size": list(size), **told}


def _run(order: dict[str, Any], data: Path) -> dict[str, Any]:
    """What the process prints as its last line; its errors go to this process' own."""
    # Messages go nowhere: the process takes the jobs from the table itself.
    own = {
        "DATA": str(data),
        "REDIS_URL": "memory://",
        "DJANGO_SETTINGS_MODULE": "annotator.settings",
        "LOG_LEVEL": "ERROR",
    }
    environment = os.environ | own
    for foreign in ("DATABASE_URL", "S3_BUCKET"):
        environment.pop(foreign, None)
    command = [sys.executable, "-m", SCRIPT, json.dumps(order)]
    done = subprocess.run(command, env=environment, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, check=True)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told
