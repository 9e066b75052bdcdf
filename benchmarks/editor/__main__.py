"""python -m benchmarks.editor [MEASUREMENT ...]: the label editor in a real Chromium; `report` prints the figures.

Starts a demo of its own on a free port, with made images, and measures in Debian's Chromium with software GL. What was
measured already is left out unless --again is given.
"""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from benchmarks.editor import baseline, frames, memory, opening, proposals, strokes
from benchmarks.editor.report import report
from benchmarks.editor.site import Site
from benchmarks.editor.stage import Stage
from benchmarks.record import Record
from segmodels.backends.choice import processor_name
from tests.browser.conftest import CHROMIUM_FLAGS, free_port, start_demo

PART = "editor"
MEASUREMENTS: dict[str, Callable[[Stage], dict[str, Any]]] = {
    "brush moves": strokes.brush_moves,
    "undo": strokes.undo,
    "until safe": strokes.until_safe,
    "frames": frames.moving,
    "first edit": opening.first_edit,
    "next image": opening.next_image,
    "submit large": opening.submit_large,
    "beside full canvas": baseline.beside_full_canvas,
    "wand": proposals.wand,
    "click to segment": proposals.click_to_segment,
    "memory of one image": memory.one_image,
    "memory over many images": memory.many_images,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code: 1 where a measurement failed."""
    options = _parser().parse_args(arguments)
    record = Record(options.out)
    if options.wanted == ["report"]:
        print(report(record))
        return 0
    wanted = [
        name
        for name in MEASUREMENTS
        if (name in options.wanted or not options.wanted) and (options.again or not record.has(PART, name))
    ]
    chromium = shutil.which("chromium")
    if chromium is None:
        print("error: Chromium is not installed: apt-get install chromium", file=sys.stderr)
        return 2
    folder = Path(tempfile.mkdtemp(prefix="maskloop-bench-"))
    if proposals.WEIGHTS.is_file():
        (folder / "weights").mkdir()
        shutil.copy(proposals.WEIGHTS, folder / "weights")
    process, demo = start_demo(folder, free_port())
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
            stage = Stage(Site(playwright, demo), browser, demo)
            results = [_measure(stage, record, name) for name in wanted]
            browser.close()
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
        shutil.rmtree(folder)
    return 0 if all(results) else 1


def _measure(stage: Stage, record: Record, name: str) -> bool:
    began, load = time.monotonic(), os.getloadavg()[0]
    print(f"== {name}", flush=True)
    try:
        figures = MEASUREMENTS[name](stage)
    except Exception as error:
        # The others are still to be measured; the exit code tells.
        print(f"failed: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
        return False
    machine = {
        "processor": processor_name(),
        "cores": os.cpu_count(),
        "chromium": stage.browser.version,
        "gl": "software (SwiftShader)",
        "load_before": round(load, 2),
    }
    stamp = {"machine": machine, "seconds_in_all": round(time.monotonic() - began, 1), "day": time.strftime("%Y-%m-%d")}
    record.keep(PART, name, figures | stamp)
    return True


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.editor", description=__doc__)
    parser.add_argument("wanted", nargs="*", metavar="MEASUREMENT", help=f"{', '.join(MEASUREMENTS)}, or report")
    parser.add_argument("--again", action="store_true", help="also what was measured already")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/editor.json"))
    return parser


if __name__ == "__main__":
    sys.exit(main())
