"""`python -m segmodels train | predict | evaluate` on folders, `bench` on none, without the application."""

import argparse
import json
import sys
import tempfile
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from segmodels.architecture_bench import measure_architectures, table, write_figures
from segmodels.catalogue import ARCHITECTURE_CARDS, ENCODERS
from segmodels.checkpoints import load_model
from segmodels.data import TrainingSample
from segmodels.errors import DataError, SegmodelsError, TrainingStopped
from segmodels.evaluation import ValidationSet, evaluate
from segmodels.folders import image_paths, read_image, read_label_folder
from segmodels.inference import predict
from segmodels.processes import Processes, joined_by_torchrun
from segmodels.reports import EpochReport
from segmodels.settings import TrainingSettings
from segmodels.training import train


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code, 1 with a message on stderr for anything that went wrong."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except TrainingStopped as stop:
        print(stop, file=sys.stderr)
        return 130
    except (SegmodelsError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def run_train(options: argparse.Namespace) -> None:
    """Train on a folder; started by torchrun, every process makes the same call and the first one writes."""
    settings = TrainingSettings.from_dict(_settings_of(options))
    with joined_by_torchrun(settings.device) as processes:
        _train(options, settings, processes)


def _train(options: argparse.Namespace, settings: TrainingSettings, processes: Processes) -> None:
    folder = options.folder / "train" if (options.folder / "train").is_dir() else options.folder
    labelled = read_label_folder(folder)
    training: list[TrainingSample] = list(labelled.samples)
    validation: list[TrainingSample] = []
    if (options.folder / "val").is_dir():
        validation = list(read_label_folder(options.folder / "val").samples)
    elif len(training) >= 5:
        training, validation = [s for i, s in enumerate(training) if i % 5], training[::5]
    options.out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=options.out.parent) as scratch:
        workdir = options.workdir or Path(scratch)
        result = train(
            training, validation, labelled.classes, settings,
            workdir=workdir, initial_weights=options.initial_weights, on_epoch=_print_epoch, on_note=_print_note,
        )  # fmt: skip
        if not processes.writes:
            return
        partial = Path(scratch) / options.out.name
        partial.write_bytes(result.checkpoint.read_bytes())
        partial.replace(options.out)
    print(json.dumps({"model": str(options.out), "val_miou": result.val_miou, "best_epoch": result.best_epoch}))


def run_predict(options: argparse.Namespace) -> None:
    """Class maps as 8-bit PNG, pixel value = class index, one image in memory at a time."""
    model = load_model(options.model)
    if len(model.classes) > 256:
        raise DataError(f"{options.model.name} has {len(model.classes)} classes; 8-bit masks hold 256")
    options.out.mkdir(parents=True, exist_ok=True)
    for path in image_paths(options.images):
        prediction = predict(model, [read_image(path)])[0]
        Image.fromarray(prediction.class_index.astype(np.uint8)).save(options.out / f"{path.stem}.png")


def run_evaluate(options: argparse.Namespace) -> None:
    model = load_model(options.model)
    labelled = read_label_folder(options.folder)
    if labelled.classes != model.classes:
        raise DataError(f"{options.folder} has other classes than {options.model.name}")
    size = model.settings.image_size
    with tempfile.TemporaryDirectory() as scratch:
        validation = ValidationSet.build(labelled.samples, len(model.classes), size, Path(scratch) / "images")
        evaluation = evaluate(
            model.module, validation, len(model.classes), model.normalisation, model.settings.batch_size
        )
    confusion = evaluation.confusion
    names = [spec.name for spec in model.classes]
    scores = {
        "images": len(labelled.samples),
        "miou": confusion.miou,
        "pixel_accuracy": confusion.pixel_accuracy,
        "class_accuracy": confusion.class_accuracy,
        "dice": confusion.dice,
        "boundary_miou": evaluation.boundaries.miou,
        "iou_per_class": dict(zip(names, confusion.iou_per_class, strict=True)),
    }
    print(json.dumps(scores, indent=2))


def run_bench_architectures(options: argparse.Namespace) -> None:
    if options.threads is not None:
        torch.set_num_threads(options.threads)
    figures = measure_architectures(
        options.only, options.size, options.classes, options.rounds, options.encoder, _print_note
    )
    if options.out is not None:
        write_figures(options.out, figures, options.size, options.classes, options.rounds)
    print(table(figures))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m segmodels", description=__doc__)
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("train", help="train on DIR (images, labels, classes.json; or train/ and val/)")
    command.add_argument("folder", type=Path, metavar="DIR")
    command.add_argument("--out", type=Path, required=True, help="model file to write (.safetensors)")
    command.add_argument("--workdir", type=Path, help="keep the resumable state here")
    command.add_argument("--initial-weights", type=Path, help="an earlier model to start from")
    for field in fields(TrainingSettings):
        command.add_argument(f"--{field.name.replace('_', '-')}", help=f"default: {_default(field)}")
    command.set_defaults(run=run_train)
    command = commands.add_parser("predict", help="write a class map for each image of a folder")
    command.add_argument("model", type=Path)
    command.add_argument("images", type=Path)
    command.add_argument("--out", type=Path, required=True, help="folder for the PNG class maps")
    command.set_defaults(run=run_predict)
    command = commands.add_parser("evaluate", help="score a model on images, labels and classes.json")
    command.add_argument("model", type=Path)
    command.add_argument("folder", type=Path)
    command.set_defaults(run=run_evaluate)
    _add_bench(commands.add_parser("bench", help="measure this machine"))
    return parser


def _add_bench(parser: argparse.ArgumentParser) -> None:
    command = parser.add_subparsers(required=True).add_parser(
        "architectures", help="parameters, FLOPs, seconds and memory per image of the architectures, on the CPU"
    )
    command.add_argument("--only", nargs="+", choices=list(ARCHITECTURE_CARDS), default=list(ARCHITECTURE_CARDS))
    command.add_argument("--encoder", choices=list(ENCODERS), help="where an architecture can take it")
    command.add_argument("--size", type=_size, default=(360, 480), help="HxW, default: 360x480")
    command.add_argument("--classes", type=int, default=12)
    command.add_argument("--rounds", type=int, default=5, help="forward passes each, the median counts")
    command.add_argument("--threads", type=int, help="default: torch's own number")
    command.add_argument("--out", type=Path, help="JSON file to write")
    command.set_defaults(run=run_bench_architectures)


def _size(text: str) -> tuple[int, int]:
    height, width = text.split("x")
    return int(height), int(width)


def _default(field: Field) -> str:
    default = field.default if field.default_factory is MISSING else field.default_factory()
    if isinstance(default, tuple):
        return "x".join(map(str, default))
    return json.dumps(default) if isinstance(default, dict) else str(default)


def _settings_of(options: argparse.Namespace) -> dict[str, Any]:
    """The settings given, read as JSON where they are (numbers, true, null), an image size as HxW."""
    given: dict[str, Any] = {}
    for field in fields(TrainingSettings):
        text = getattr(options, field.name)
        if text is None:
            continue
        try:
            given[field.name] = json.loads("[" + text.replace("x", ",") + "]" if field.name == "image_size" else text)
        except json.JSONDecodeError:
            given[field.name] = text
    return given


def _print_epoch(report: EpochReport) -> None:
    miou = "-" if report.val_miou is None else f"{report.val_miou:.3f}"
    print(f"epoch {report.epoch}/{report.epochs}  loss {report.train_loss:.3f}  val mIoU {miou}", flush=True)


def _print_note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
