"""`evaluate`: scores of what `predict` would give on a folder of labelled images, as JSON."""

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmodels.backends.backend import Backend
from segmodels.boundaries import BoundaryCounts
from segmodels.checkpoints import SegmentationModel, load_model
from segmodels.commands.arguments import add_device, add_prediction_settings, count_of, given_settings
from segmodels.commands.backend_option import add_backend, opened_backend
from segmodels.commands.image_batches import in_batches
from segmodels.commands.instance_scores import instance_scores
from segmodels.commands.labelled import instance_folder_for, label_folder_for
from segmodels.commands.progress import ProgressLine
from segmodels.data import TrainingSample, read_sample
from segmodels.inference import predict
from segmodels.metrics import ConfusionMatrix
from segmodels.prediction_settings import PredictionSettings


def add_evaluate(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser("evaluate", help="score a model on images, labels and classes.json")
    command.add_argument("model", type=Path)
    command.add_argument("folder", type=Path)
    command.add_argument(
        "--every", type=count_of, default=1, help="only each so-manieth image from the first, as `train` sets aside"
    )
    add_prediction_settings(command, leave_out=("margin",))
    add_backend(command)
    add_device(command)
    command.set_defaults(run=run_evaluate)


def run_evaluate(options: argparse.Namespace) -> None:
    settings = PredictionSettings.from_dict(given_settings(options, PredictionSettings))
    model = load_model(options.model, options.device)
    scores = _instance_report if model.settings.task == "instance" else _pixel_report
    print(json.dumps(scores(model, settings, options), indent=2))


def _pixel_report(
    model: SegmentationModel, settings: PredictionSettings, options: argparse.Namespace
) -> dict[str, Any]:
    samples = label_folder_for(model, options.folder).samples[:: options.every]
    with ProgressLine("scoring image", len(samples)) as progress:
        backend = opened_backend(options.backend, model, settings, lambda: samples, progress)
        scores = pixel_scores(model, samples, settings, backend, progress)
    return {"images": len(samples), **scores, "backend": backend.name}


def _instance_report(
    model: SegmentationModel, settings: PredictionSettings, options: argparse.Namespace
) -> dict[str, Any]:
    samples = instance_folder_for(model, options.folder).samples[:: options.every]
    with ProgressLine("scoring image", len(samples)) as progress:
        backend = opened_backend(options.backend, model, settings, list, progress)
        scores = instance_scores(model, samples, settings, progress)
    return {"images": len(samples), **scores, "backend": backend.name}


def pixel_scores(
    model: SegmentationModel,
    samples: Sequence[TrainingSample],
    settings: PredictionSettings,
    backend: Backend,
    progress: ProgressLine,
) -> dict[str, Any]:
    """Scores at the labels' own resolution, one batch of images in memory at a time."""
    class_count = len(model.classes)
    confusion, boundaries = ConfusionMatrix(class_count), BoundaryCounts(class_count)
    read: Iterator[tuple[NDArray[np.uint8], NDArray[np.int16]]] = (
        read_sample(sample, class_count) for sample in samples
    )
    for batch in in_batches(read, model.settings.batch_size, lambda item: item[0]):
        predictions = predict(model, [image for image, _ in batch], settings=settings, backend=backend)
        for (_, target), prediction in zip(batch, predictions, strict=True):
            confusion.add(target, prediction.class_index)
            boundaries.add(target, prediction.class_index)
        progress.advance(len(batch))
    names = [spec.name for spec in model.classes]
    return {
        "miou": confusion.miou,
        "pixel_accuracy": confusion.pixel_accuracy,
        "class_accuracy": confusion.class_accuracy,
        "dice": confusion.dice,
        "boundary_miou": boundaries.miou,
        "iou_per_class": dict(zip(names, confusion.iou_per_class, strict=True)),
    }
