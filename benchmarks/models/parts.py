"""The parts by name and their measurements, in the order in which a whole run makes them."""

from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.models import gpu
from benchmarks.models.architectures import draw_picture, measure_speeds
from benchmarks.models.backends import measure_backends
from benchmarks.models.camvid_budget import STEPS, measure_architecture, measure_full, measure_steps
from benchmarks.models.conditions import Conditions, Scale
from benchmarks.models.equal_accuracy import measure_equal_accuracy
from benchmarks.models.nuclei import measure_nuclei
from benchmarks.models.prelabel import measure_prelabel
from benchmarks.models.training_speed import measure_speed
from benchmarks.record import Record

Measurement = Callable[[Conditions, Record], dict[str, Any]]
NAMES = ("camvid", "training", "backends", "prelabel", "architectures", "nuclei", "gpu")
# Made of other figures, which may have changed, in a moment.
DERIVED = (("architectures", "picture"),)


def measurements(scale: Scale) -> dict[str, dict[str, Measurement]]:
    """Measurements by part and name; `camvid` comes first, since its U-Net serves others."""
    return {
        "camvid": _of_camvid(scale),
        "training": {
            "speed": _plain(measure_speed),
            **{f"seed-{seed}": _plain(partial(measure_equal_accuracy, seed=seed)) for seed in scale.seeds},
        },
        "backends": {_by(size): _plain(partial(measure_backends, size=size)) for size in scale.backend_sizes},
        "prelabel": {
            f"{backend}-{_by(size)}": partial(measure_prelabel, size=size, backend=backend)
            for size in scale.backend_sizes
            for backend in ("eager", "auto")
        },
        "architectures": {"speeds": _plain(measure_speeds), "picture": draw_picture},
        "nuclei": {"mask_rcnn": _plain(measure_nuclei)},
        "gpu": {
            "mixed_precision": _plain(gpu.measure_mixed_precision),
            "compilation": _plain(gpu.measure_compilation),
            "pinned_memory": _plain(gpu.measure_pinned_memory),
            "two_processes": _plain(gpu.measure_two_processes),
        },
    }


def _of_camvid(scale: Scale) -> dict[str, Measurement]:
    names = scale.camvid_architectures
    within_budget: dict[str, Measurement] = {name: partial(measure_architecture, architecture=name) for name in names}
    full = {f"{name}-full": _plain(partial(measure_full, architecture=name)) for name in names}
    return {STEPS: _plain(measure_steps), **within_budget, **full}


def _by(size: tuple[int, int]) -> str:
    """Width first, as pictures are named."""
    return f"{size[1]}x{size[0]}"


def _plain(measure: Callable[[Conditions], dict[str, Any]]) -> Measurement:
    """A measurement that needs no other one's figures."""
    return lambda conditions, record: measure(conditions)
