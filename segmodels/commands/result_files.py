"""What `predict` leaves of one image: PNG maps and, of objects, their list."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from segmodels.checkpoints import SegmentationModel
from segmodels.prediction import PixelPrediction, SegmentedImage


def write_result(
    out: Path, stem: str, result: PixelPrediction | SegmentedImage, model: SegmentationModel, uncertainty: bool
) -> None:
    """The label map, the segments of objects, and on request the maps of uncertainty."""
    maps: dict[str, NDArray[np.float32] | None] = {"entropy": result.entropy}
    if isinstance(result, SegmentedImage):
        segments = [
            {"id": found.id, "class": model.classes[found.class_index].name, "score": round(found.score, 4)}
            for found in result.segments
        ]
        text = json.dumps({"segments": segments})
        write_whole(out / f"{stem}.json", lambda path: path.write_text(text))
        write_png(out / f"{stem}.png", result.label_map)
    else:
        write_png(out / f"{stem}.png", result.class_index.astype(np.uint8))
        maps |= {"margin": result.margin, "mutual_information": result.mutual_information}
    for name, values in maps.items():
        if uncertainty and values is not None:
            write_png(out / f"{stem}.{name}.png", np.rint(values.clip(0, 1) * 255).astype(np.uint8))


def write_png(path: Path, pixels: NDArray) -> None:
    write_whole(path, lambda partial: Image.fromarray(pixels).save(partial, "PNG"))


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a file beside `path` and rename it, so that a killed command leaves no half of one."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        write(partial)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def open_to_readers(path: Path) -> None:
    """Give a file the rights of any new one; safetensors leaves its own to their owner alone."""
    mask = os.umask(0o077)
    os.umask(mask)
    path.chmod(0o666 & ~mask)
