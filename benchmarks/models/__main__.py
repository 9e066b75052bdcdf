"""python -m benchmarks.models [PART | PART/MEASUREMENT ...]: what was measured already is left out; `report` prints it.

CAMVID and NUCLEI name the datasets' folders. Trained models and the states of broken-off runs stay in --work.
"""

import argparse
import os
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from benchmarks.models.conditions import Conditions, NotMeasured, Scale
from benchmarks.models.machine import describe_machine
from benchmarks.models.parts import DERIVED, NAMES, Measurement, measurements
from benchmarks.models.report import report
from benchmarks.record import NOT_MEASURED, Record

REPORT = "report"


def main(arguments: Sequence[str] | None = None, scale: Scale = Scale()) -> int:  # noqa: B008 - a frozen value
    """Returns the exit code: 1 where a measurement failed; one that cannot be made here is no failure."""
    options = _parser().parse_args(arguments)
    record = Record(options.out)
    if options.wanted == [REPORT]:
        print(report(record, scale))
        return 0
    if options.threads is not None:
        torch.set_num_threads(options.threads)
    conditions = Conditions(options.camvid, options.nuclei, options.work, options.pictures, scale, _say, options.again)
    chosen = list(_chosen(options.wanted, scale))
    if not chosen:
        print(f"error: {' '.join(options.wanted)}: no such part; choose of {', '.join(NAMES)}", file=sys.stderr)
        return 2
    machine = describe_machine()
    results = [
        measure(conditions, record, part, name, measurement, machine)
        for part, name, measurement in chosen
        if options.again or (part, name) in DERIVED or not record.has(part, name)
    ]
    return 0 if all(results) else 1


def measure(
    conditions: Conditions, record: Record, part: str, name: str, measurement: Measurement, machine: dict[str, Any]
) -> bool:
    """Make one measurement and write it down; false where it failed, which is written down as well."""
    began = time.monotonic()
    _say(f"== {part}/{name}")
    try:
        figures = measurement(conditions, record)
    except NotMeasured as lack:
        _say(f"not measured: {lack}")
        record.keep(part, name, {NOT_MEASURED: str(lack)})
        return True
    except Exception as error:
        # Nobody looks on for hours: the others are still to be measured. The exit code tells.
        traceback.print_exc()
        record.keep(part, name, {NOT_MEASURED: f"failed: {type(error).__name__}: {error}"})
        return False
    stamp = {"machine": machine, "seconds_in_all": round(time.monotonic() - began, 1), "day": time.strftime("%Y-%m-%d")}
    record.keep(part, name, figures | stamp)
    return True


def _chosen(wanted: Sequence[str], scale: Scale) -> Iterator[tuple[str, str, Measurement]]:
    for part, of_part in measurements(scale).items():
        for name, measurement in of_part.items():
            if not wanted or part in wanted or f"{part}/{name}" in wanted:
                yield part, name, measurement


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.models", description=__doc__)
    parser.add_argument(
        "wanted", nargs="*", metavar="PART", help=f"{', '.join(NAMES)}, or {REPORT}; default: all parts"
    )
    parser.add_argument("--again", action="store_true", help="also what was measured already")
    parser.add_argument("--camvid", type=Path, default=_folder("CAMVID"), help="default: the variable CAMVID")
    parser.add_argument("--nuclei", type=Path, default=_folder("NUCLEI"), help="default: the variable NUCLEI")
    parser.add_argument("--work", type=Path, default=Path("data/benchmarks"), help="models, states, scratch")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/models.json"))
    parser.add_argument("--pictures", type=Path, default=Path("docs/images"))
    parser.add_argument("--threads", type=int, help="default: torch's own number")
    return parser


def _folder(variable: str) -> Path | None:
    return Path(os.environ[variable]) if os.environ.get(variable) else None


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
