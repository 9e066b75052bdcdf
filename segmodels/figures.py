"""What was measured of each architecture, read from the file that the bench writes."""

import json
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

FIGURES_FILE = Path(__file__).with_name("architecture_figures.json")


@dataclass(frozen=True)
class ArchitectureFigures:
    """One architecture on one image of the bench's size, float32, CPU.

    `training_mb` is what one image keeps in memory for the backward pass, without the weights.
    `relative_speed` and `relative_memory` are against the default architecture with its default encoder:
    2 is twice as fast, or twice as much.
    """

    encoder: str
    parameters: int
    gflops: float
    seconds_per_image: float
    training_mb: float
    relative_speed: float
    relative_memory: float


@cache
def architecture_figures() -> dict[str, ArchitectureFigures]:
    """Figures by architecture; empty where nothing was measured yet."""
    if not FIGURES_FILE.is_file():
        return {}
    rows = json.loads(FIGURES_FILE.read_text())["architectures"]
    names = [field.name for field in fields(ArchitectureFigures)]
    return {name: ArchitectureFigures(**{key: row[key] for key in names}) for name, row in rows.items()}
