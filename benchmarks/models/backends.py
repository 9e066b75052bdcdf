"""What `auto` finds: every backend beside eager, speed in turns, mIoU on validation images."""

from typing import Any

from benchmarks.models.conditions import Conditions
from benchmarks.models.data import camvid
from benchmarks.models.trained_unet import at_size, trained_unet
from segmodels.backends.choice import choose_backend


def measure_backends(conditions: Conditions, size: tuple[int, int]) -> dict[str, Any]:
    """The choice for a U-Net at `size` = (height, width), as it is made when a model is promoted."""
    scale = conditions.scale
    model, trained = trained_unet(conditions)
    _, validation = camvid(conditions)
    samples = validation[: scale.backend_images]
    choice, _ = choose_backend(at_size(model, size), samples, scale.backends, scale.backend_rounds)
    kept = next(figures for figures in choice.figures if figures.name == choice.name)
    conditions.say(f"{size[1]}x{size[0]}: {choice.name}, {kept.speedup:.2f} times eager's speed")
    return {
        "trained": trained,
        "auto": choice.name,
        "speedup_of_auto": kept.speedup,
        "miou_difference_of_auto": kept.miou_difference,
        "choice": choice.to_dict(),
    }
