"""`python -m segmodels.instances train | predict | evaluate` on folders, without the application."""

import argparse
import json
import sys
import tempfile
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from PIL import Image

from segmodels.errors import DataError, SegmodelsError, TrainingStopped
from segmodels.folders import image_paths, read_image
from segmodels.instances.checkpoints import load_instance_model
from segmodels.instances.data import InstanceSample
from segmodels.instances.folders import read_instance_folder
from segmodels.instances.metrics import ObjectTruth, as_detections, mask_average_precision
from segmodels.instances.prediction import detect, predict_instances, segments_from_detections
from segmodels.instances.reports import InstanceEpochReport, InstanceStepReport
from segmodels.instances.settings import InstanceSettings
from segmodels.instances.training import train_instances

STEPS_BETWEEN_LINES = 20


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code, 1 with a message on stderr for anything that went wrong."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except TrainingStopped as stop:
        print(stop, file=sys.stderr)
        return 130
    except SegmodelsError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def run_train(options: argparse.Namespace) -> None:
    settings = InstanceSettings.from_dict(_settings_of(options))
    has_parts = (options.folder / "train").is_dir()
    labelled = read_instance_folder(options.folder / "train" if has_parts else options.folder)
    training: list[InstanceSample] = list(labelled.samples)
    validation: list[InstanceSample] = []
    if (options.folder / "val").is_dir():
        validation = list(read_instance_folder(options.folder / "val").samples)
    elif len(training) >= 5:
        training, validation = [s for i, s in enumerate(training) if i % 5], training[::5]
    options.out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=options.out.parent) as scratch:
        result = train_instances(
            training, validation, labelled.classes, settings,
            workdir=options.workdir or Path(scratch), on_step=_print_step, on_epoch=_print_epoch,
        )  # fmt: skip
        partial = Path(scratch) / options.out.name
        partial.write_bytes(result.checkpoint.read_bytes())
        partial.replace(options.out)
    scores = asdict(result.scores) if result.scores else None
    print(json.dumps({"model": str(options.out), "scores": scores, "best_epoch": result.best_epoch}))


def run_predict(options: argparse.Namespace) -> None:
    """For each image a label map as 16-bit PNG, 0 = nothing found, and its segments as JSON beside it."""
    model = load_instance_model(options.model)
    options.out.mkdir(parents=True, exist_ok=True)
    for path in image_paths(options.images):
        label_map, segments = predict_instances(model, [read_image(path)])[0]
        Image.fromarray(label_map).save(options.out / f"{path.stem}.png")
        listed = [
            {"id": segment.id, "class": model.classes[segment.class_index].name, "score": round(segment.score, 4)}
            for segment in segments
        ]
        (options.out / f"{path.stem}.json").write_text(json.dumps({"segments": listed}))


def run_evaluate(options: argparse.Namespace) -> None:
    """Mask AP of the detections, and of the segments without overlap that a user would see."""
    model = load_instance_model(options.model)
    labelled = read_instance_folder(options.folder)
    if labelled.classes != model.classes:
        raise DataError(f"{options.folder} has other classes than {options.model.name}")
    samples, settings = labelled.samples, model.settings
    if options.every is not None:
        samples = samples[:: options.every]
    found, shown = [], []
    for sample in samples:
        image = sample.image()
        detections = detect(model.module, [image], settings)[0]
        found.append(detections)
        size = image.shape[0], image.shape[1]
        shown.append(
            as_detections(*segments_from_detections(detections, size, settings.score_threshold, settings.min_object_px))
        )
    truth = ObjectTruth.build(samples, len(model.classes))
    report = {
        "images": len(samples),
        "detections": asdict(mask_average_precision(truth, found, settings.detections_per_image)),
        "segments": asdict(mask_average_precision(truth, shown, settings.detections_per_image)),
    }
    print(json.dumps(report, indent=2))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m segmodels.instances", description=__doc__)
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("train", help="train on DIR (images, labels, classes.json; or train/ and val/)")
    command.add_argument("folder", type=Path, metavar="DIR")
    command.add_argument("--out", type=Path, required=True, help="model file to write (.safetensors)")
    command.add_argument("--workdir", type=Path, help="keep the resumable state here")
    for field in fields(InstanceSettings):
        command.add_argument(f"--{field.name.replace('_', '-')}", help=f"default: {_text(field.default)}")
    command.set_defaults(run=run_train)
    command = commands.add_parser("predict", help="write a label map and its segments for each image of a folder")
    command.add_argument("model", type=Path)
    command.add_argument("images", type=Path)
    command.add_argument("--out", type=Path, required=True, help="folder for the PNG label maps and JSON segments")
    command.set_defaults(run=run_predict)
    command = commands.add_parser("evaluate", help="score a model on images, labels and classes.json")
    command.add_argument("model", type=Path)
    command.add_argument("folder", type=Path)
    command.add_argument("--every", type=int, help="only each so-manieth image from the first, as `train` sets aside")
    command.set_defaults(run=run_evaluate)
    return parser


def _text(default: object) -> str:
    return ",".join(f"{number:g}" for number in default) if isinstance(default, tuple) else str(default)


def _settings_of(options: argparse.Namespace) -> dict[str, Any]:
    """The settings given, read as JSON where they are (numbers, true, null), lists as numbers with commas."""
    given: dict[str, Any] = {}
    for field in fields(InstanceSettings):
        text = getattr(options, field.name)
        if text is None:
            continue
        try:
            given[field.name] = json.loads(f"[{text}]" if isinstance(field.default, tuple) else text)
        except json.JSONDecodeError:
            given[field.name] = text
    return given


def _print_step(report: InstanceStepReport) -> None:
    if report.step % STEPS_BETWEEN_LINES:
        return
    parts = "  ".join(f"{name} {loss:.3f}" for name, loss in report.losses.items())
    left = "" if report.seconds_left is None else f"  {report.seconds_left:.0f} s left"
    print(f"step {report.step}/{report.total_steps}  loss {report.loss:.3f}  ({parts}){left}", flush=True)


def _print_epoch(report: InstanceEpochReport) -> None:
    ap, ap50 = (report.scores.ap, report.scores.ap50) if report.scores else (None, None)
    shown = "-" if ap is None or ap50 is None else f"{ap:.3f}, AP50 {ap50:.3f}"
    print(f"epoch {report.epoch}/{report.epochs}  loss {report.train_loss:.3f}  val mask AP {shown}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
