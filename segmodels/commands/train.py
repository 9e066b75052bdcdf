"""`train`: a model file from a folder of labelled images."""

import argparse
import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

from segmodels.cards import Task
from segmodels.commands.arguments import add_settings, given_settings
from segmodels.commands.labelled import read_folder
from segmodels.commands.progress import ProgressLine
from segmodels.commands.result_files import open_to_readers
from segmodels.errors import CheckpointNotWritten, DataError, TrainingFailed
from segmodels.processes import Processes, joined_by_torchrun
from segmodels.reports import EpochReport, TrainingResult
from segmodels.settings import ClassSpec, TrainingSettings
from segmodels.training import Samples, train
from segmodels.training_run import BEST_FILE

# Without a folder for validation, every fifth image is set aside.
VALIDATION_STEP = 5


def add_train(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser("train", help="train on DIR (images, labels, classes.json; or train/ and val/)")
    command.add_argument("folder", type=Path, metavar="DIR")
    command.add_argument("--out", type=Path, required=True, help="model file to write (.safetensors)")
    command.add_argument("--workdir", type=Path, help="keep the resumable state here")
    command.add_argument("--initial-weights", type=Path, help="an earlier model to start from")
    add_settings(command, TrainingSettings)
    command.set_defaults(run=run_train)


def run_train(options: argparse.Namespace) -> None:
    """Train on a folder; started by torchrun, every process makes the same call and the first one writes."""
    settings = TrainingSettings.from_dict(given_settings(options, TrainingSettings))
    with joined_by_torchrun(settings.device) as processes:
        _train(options, settings, processes)


def _train(options: argparse.Namespace, settings: TrainingSettings, processes: Processes) -> None:
    if options.out.is_dir():
        raise DataError(f"{options.out} is a folder; --out names the model file to write")
    classes, training, validation = _samples(options.folder, settings.task)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=options.out.parent) as scratch,
        ProgressLine("training, step", 0) as progress,
        _best_model_kept(Path(scratch), options.out, processes, progress),
    ):
        result = train(
            training, validation, classes, settings,
            workdir=options.workdir or Path(scratch), initial_weights=options.initial_weights,
            on_step=lambda report: progress.show(report.step, report.total_steps, report.seconds_left),
            on_epoch=lambda report: _print_epoch(report, progress), on_note=progress.say,
        )  # fmt: skip
        if processes.writes:
            publish(result.checkpoint, options.out, keep=options.workdir is not None)
            print(json.dumps(_summary(result, options.out)))


def _samples(folder: Path, task: Task) -> tuple[list[ClassSpec], Samples, Samples]:
    """Classes, training and validation samples; raises DataError."""
    has_parts = (folder / "train").is_dir()
    labelled = read_folder(folder / "train" if has_parts else folder, task)
    if (folder / "val").is_dir():
        held_out = read_folder(folder / "val", task)
        if held_out.classes != labelled.classes:
            raise DataError(f"{folder / 'val'} has other classes than the training images")
        return labelled.classes, labelled.samples, held_out.samples
    if len(labelled.samples) < VALIDATION_STEP:
        return labelled.classes, labelled.samples, []
    kept = [sample for number, sample in enumerate(labelled.samples) if number % VALIDATION_STEP]
    return labelled.classes, cast(Samples, kept), labelled.samples[::VALIDATION_STEP]


@contextlib.contextmanager
def _best_model_kept(workdir: Path, out: Path, processes: Processes, progress: ProgressLine) -> Iterator[None]:
    """Keep the best model so far of a run that breaks off: without --workdir its folder is about to go."""
    try:
        yield
    except (TrainingFailed, CheckpointNotWritten, KeyboardInterrupt):
        best = workdir / BEST_FILE
        if processes.writes and best.is_file():
            publish(best, out)
            progress.say(f"The best model so far is in {out}.")
        raise


def publish(checkpoint: Path, out: Path, keep: bool = False) -> None:
    """Put a model file in place; `out` is whole or as before. Raises CheckpointNotWritten."""
    partial = out.with_name(f".{out.name}.{os.getpid()}.partial")
    try:
        if keep:
            checkpoint = Path(shutil.copyfile(checkpoint, partial))
        open_to_readers(checkpoint)
        # A rename needs no room, where a copy would fail on the full disk that ended a run.
        os.replace(checkpoint, out)
    except OSError as error:
        raise CheckpointNotWritten(out, error) from error
    finally:
        partial.unlink(missing_ok=True)


def _summary(result: TrainingResult, out: Path) -> dict[str, Any]:
    summary: dict[str, Any] = {"model": str(out), "val_miou": result.val_miou, "best_epoch": result.best_epoch}
    return summary if result.best.mask is None else summary | {"mask": asdict(result.best.mask)}


def _print_epoch(report: EpochReport, progress: ProgressLine) -> None:
    progress.clear()
    name = "mIoU" if report.mask is None else "mask AP"
    score = "-" if report.score is None else f"{report.score:.3f}"
    print(f"epoch {report.epoch}/{report.epochs}  loss {report.train_loss:.3f}  val {name} {score}", flush=True)
