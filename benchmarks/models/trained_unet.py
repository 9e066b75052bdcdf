"""The U-Net that other measurements use: the one of part `camvid`, or one trained for a little while."""

from dataclasses import replace

from benchmarks.models.camvid_budget import model_folder, recipe
from benchmarks.models.conditions import Conditions
from benchmarks.models.data import camvid
from segmodels.checkpoints import SegmentationModel, load_model
from segmodels.training import train

BEST = "best.safetensors"


def trained_unet(conditions: Conditions) -> tuple[SegmentationModel, str]:
    """The model, on the CPU, and in words how it was trained; raises NotMeasured where it cannot be."""
    path = model_folder(conditions, "unet") / BEST
    if path.is_file():
        return load_model(path, "cpu"), "by part camvid"
    labelled, _ = camvid(conditions)
    steps = conditions.scale.brief_steps
    conditions.say(f"no U-Net of part camvid yet: training one for {steps} steps")
    settings = recipe(conditions.scale, "unet", steps)
    result = train(labelled.samples, [], labelled.classes, settings, workdir=conditions.run_folder("brief-unet"))
    return load_model(result.checkpoint, "cpu"), f"for {steps} steps"


def at_size(model: SegmentationModel, size: tuple[int, int]) -> SegmentationModel:
    """The same weights for images of another size, (height, width)."""
    return replace(model, settings=replace(model.settings, image_size=size))
