"""`bench`: what architectures take on this machine, and which backend runs a model fastest."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from segmodels.architecture_bench import measure_architectures, table, write_figures
from segmodels.backends.choice import ROUNDS, choose_backend
from segmodels.backends.figures import BackendChoice, BackendFigures
from segmodels.catalogue import ARCHITECTURE_CARDS, ENCODERS
from segmodels.checkpoints import SegmentationModel, load_model
from segmodels.commands.arguments import add_device, count_of, size_of
from segmodels.commands.backend_option import kept_line
from segmodels.commands.labelled import label_folder_for
from segmodels.commands.predict import UnlabelledFile
from segmodels.commands.progress import ProgressLine
from segmodels.commands.result_files import write_whole
from segmodels.data import TrainingSample
from segmodels.errors import SettingsError
from segmodels.folders import image_paths


def add_bench(commands: argparse._SubParsersAction) -> None:
    of_what = commands.add_parser("bench", help="measure this machine").add_subparsers(required=True)
    _add_architectures(of_what)
    _add_backends(of_what)


def _add_architectures(of_what: argparse._SubParsersAction) -> None:
    command = of_what.add_parser(
        "architectures", help="parameters, FLOPs, seconds and memory per image of the architectures, on the CPU"
    )
    command.add_argument("--only", nargs="+", choices=list(ARCHITECTURE_CARDS), default=list(ARCHITECTURE_CARDS))
    command.add_argument("--encoder", choices=list(ENCODERS), help="where an architecture can take it")
    command.add_argument("--size", type=size_of, default=(360, 480), help="HxW, default: 360x480")
    command.add_argument("--classes", type=count_of, default=12)
    command.add_argument("--rounds", type=count_of, default=5, help="forward passes each, the median counts")
    command.add_argument("--threads", type=count_of, help="default: torch's own number")
    command.add_argument("--out", type=Path, help="JSON file to write")
    command.set_defaults(run=run_bench_architectures)


def _add_backends(of_what: argparse._SubParsersAction) -> None:
    command = of_what.add_parser("backends", help="speed and agreement of every backend for one model")
    command.add_argument("model", type=Path)
    command.add_argument(
        "folder", type=Path, help="labelled images, or images alone: eager's classes are then the truth"
    )
    command.add_argument("--rounds", type=count_of, default=ROUNDS, help=f"batches each, default: {ROUNDS}")
    command.add_argument("--threads", type=count_of, help="default: torch's own number")
    command.add_argument("--out", type=Path, help="JSON file to write")
    add_device(command)
    command.set_defaults(run=run_bench_backends)


def run_bench_architectures(options: argparse.Namespace) -> None:
    if options.threads is not None:
        torch.set_num_threads(options.threads)
    # The first pass of all prepares the kernels.
    with ProgressLine("measuring, round", options.rounds + 1) as progress:
        figures = measure_architectures(
            options.only,
            options.size,
            options.classes,
            options.rounds,
            options.encoder,
            lambda line: progress.advance(),
        )
    if options.out is not None:
        write_figures(options.out, figures, options.size, options.classes, options.rounds)
    print(table(figures))


def run_bench_backends(options: argparse.Namespace) -> None:
    if options.threads is not None:
        torch.set_num_threads(options.threads)
    model = load_model(options.model, options.device)
    if model.settings.task == "instance":
        raise SettingsError("backend", f"{model.settings.architecture} runs on eager alone; there is nothing to choose")
    samples = _samples(model, options.folder)
    print(f"measuring on {len(samples)} images, which takes a minute or more", file=sys.stderr, flush=True)
    choice, _ = choose_backend(model, samples, rounds=options.rounds)
    if options.out is not None:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        write_whole(options.out, lambda path: path.write_text(json.dumps(choice.to_dict(), indent=2) + "\n"))
    print(backend_table(choice))


def _samples(model: SegmentationModel, folder: Path) -> Sequence[TrainingSample]:
    if (folder / "images").is_dir():
        return label_folder_for(model, folder).samples
    return [UnlabelledFile(path.name, path) for path in image_paths(folder)]


def backend_table(choice: BackendChoice) -> str:
    """Conditions, figures of every backend and the one that is kept, as aligned text."""
    height, width = choice.image_size
    conditions = (
        f"{choice.processor}, {choice.threads} threads, batches of {choice.batch_size} images of {height}x{width}; "
        f"mIoU of {choice.images} images against {choice.scored_against}"
    )
    head = f"{'backend':15}{'s/image':>9}{'speed':>7}{'mIoU %':>8}{'diff':>7}{'same px %':>11}{'warm-up s':>11}"
    return "\n".join([conditions, head, *map(_row, choice.figures), f"kept: {kept_line(choice)}"])


def _row(of: BackendFigures) -> str:
    if of.reason is not None:
        return f"{of.name:15}  cannot run: {' '.join(of.reason.split())}"
    remark = "" if of.agrees else "  differs too much"
    return (
        f"{of.name:15}{of.seconds_per_image:9.4f}{of.speedup:7.2f}{of.miou_points:8.2f}{of.miou_difference:+7.2f}"
        f"{100 * (of.same_pixels or 0):11.2f}{of.warm_up_seconds:11.1f}{remark}"
    )
