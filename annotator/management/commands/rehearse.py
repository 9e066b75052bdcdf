"""Play the whole loop on a labelled dataset with a simulated annotator: how many labels does this data need?

Runs by itself: Redis and workers are started for the run when they are not up, in a data folder of its own unless
DATA= names one.
"""

import json
import os
import signal
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.formats import READERS
from annotator.management.progress import ProgressBar
from annotator.management.rehearsal import TABLE_HEAD, Plan, Rehearsal, RehearsalError, table_row
from annotator.services.errors import ServiceError
from annotator.supervision import services
from annotator.supervision.group import Group


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("dataset", type=Path)
        parser.add_argument("--format", required=True, choices=sorted(READERS))
        parser.add_argument("--rounds", type=int, default=4)
        parser.add_argument("--per-round", type=int, default=20, help="images labelled in each round")
        parser.add_argument("--strategy", choices=["entropy", "random"], default="entropy")
        parser.add_argument("--out", type=Path, help="JSON report, written after each round")
        parser.add_argument("--architecture", default="unet")
        parser.add_argument("--encoder", default="timm-tf_efficientnet_lite0")
        parser.add_argument("--encoder-weights", default="imagenet", choices=["imagenet", "none"])
        parser.add_argument("--image-size", type=int, nargs=2, metavar=("H", "W"), default=[180, 240], help="pixels")
        parser.add_argument("--epochs", type=int, default=5, help="of each round")
        parser.add_argument("--steps-per-epoch", type=int, default=25)
        parser.add_argument("--batch-size", type=int, default=8)
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--cold-start", action="store_true", help="begin every round from the encoder's weights")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["dataset"].is_dir():
            raise CommandError(f"{options['dataset']} is not a folder.")
        if "DATA" not in os.environ:
            _start_again_in_own_folder()
        call_command("migrate", verbosity=0, interactive=False)
        names = ("architecture", "encoder", "encoder_weights", "epochs", "steps_per_epoch", "batch_size", "seed")
        plan = Plan(
            dataset=options["dataset"].resolve(),
            format=options["format"],
            strategy=options["strategy"],
            rounds=options["rounds"],
            images_per_round=options["per_round"],
            training={name: options[name] for name in names} | {"image_size": options["image_size"]},
            warm_start=not options["cold_start"],
        )
        try:
            with running_services():
                self._play(plan, options["out"])
        except (RehearsalError, ServiceError, services.StartError) as error:
            raise CommandError(str(error)) from error

    def _play(self, plan: Plan, out: Path | None) -> None:
        bar = ProgressBar(sys.stderr, "")
        rehearsal = Rehearsal(plan, say=self.stdout.write, progress=bar.update)
        began = time.monotonic()
        report: dict[str, Any] = {
            "dataset": plan.dataset.name,
            "strategy": plan.strategy,
            "training": plan.training | {"warm_start": plan.warm_start},
            "rounds": [],
        }
        try:
            self.stdout.write(TABLE_HEAD)
            for result in rehearsal.play():
                report["rounds"].append(result.as_json())
                report["seconds_in_all"] = round(time.monotonic() - began, 1)
                _write(out, report)
                self.stdout.write(table_row(report["rounds"][-1]))
                self.stdout.flush()
            size = rehearsal.export()
        finally:
            rehearsal.close()
        report["export_bytes"] = size
        report["seconds_in_all"] = round(time.monotonic() - began, 1)
        _write(out, report)
        self.stdout.write(f"Exported {size:,} bytes. {report['seconds_in_all']:.0f} s in all. Data: {settings.DATA}")


def _start_again_in_own_folder() -> None:
    """Replace this process by the same command with a data folder of its own; settings read DATA only once."""
    folder = settings.DATA / "rehearsals" / time.strftime("%Y%m%d-%H%M%S")
    os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, "DATA": str(folder)})


@contextmanager
def running_services():
    """Redis and workers: those that are up, otherwise a group for the time of the run."""
    if services.broker_answers():
        yield
        return
    group = Group(settings.DATA / "logs")
    # A plain kill unwinds like Ctrl-C, so that the group is stopped as well.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        services.start_background(group)
        yield
    finally:
        group.stop()


def _write(out: Path | None, report: dict[str, Any]) -> None:
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(report, indent=1) + "\n")
