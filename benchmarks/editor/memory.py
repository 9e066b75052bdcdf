"""Memory of the page: at 24 MP, at 100 MP, and over 500 images."""

import os
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from benchmarks.editor.site import MadeImage
from benchmarks.editor.stage import SETTLE_MS, Stage, drag, picture_box, set_brush, walk
from benchmarks.editor.strokes import wait_saved_within
from tests.browser.conftest import open_editor, until

IMAGES = int(os.environ.get("BENCH_IMAGES", "500"))
SAMPLE_EVERY = 50
MEBIBYTE = 1 << 20


def one_image(stage: Stage) -> dict[str, Any]:
    """Script heap and processes with one image open and painted: 0.7, 24 and 100 MP."""
    project = stage.site.project("Huge")
    huge = stage.site.image(project, 11_600, 8_700, seed=4)
    return {image.name: _painted(stage, image) for image in (stage.small, stage.large, huge)}


def _painted(stage: Stage, image: MadeImage) -> dict[str, float]:
    with stage.editor(image) as page:
        set_brush(page, 400)
        box = picture_box(page)
        for turn in range(10):
            drag(page, walk(box, 12, turn))
        wait_saved_within(page, 60)
        page.wait_for_timeout(SETTLE_MS)
        return measured(page)


def many_images(stage: Stage) -> dict[str, Any]:
    """Images labelled and submitted one after the other in one page."""
    project = stage.site.project("Many")
    first = stage.site.image(project, 1024, 683, seed=1000)
    for number in range(1, IMAGES):
        stage.site.image(project, 1024, 683, seed=1000 + number)
    samples: list[dict[str, Any]] = []
    with stage.page() as page:
        page.goto(stage.site.editor(first))
        open_editor(page)
        for number in range(IMAGES - 1):
            if number % SAMPLE_EVERY == 0:
                samples.append({"images": number, **measured(page)})
            until(page, "maskloop.isNextReady", 60)
            set_brush(page, 60)
            box = picture_box(page)
            drag(page, walk(box, 4, turn=number))
            before = page.evaluate("maskloop.store.image.value.id")
            page.keyboard.press("Control+Enter")
            until(page, f"maskloop.store.image.value?.id !== {before} && maskloop.store.phase.value === 'ready'", 60)
        samples.append({"images": IMAGES - 1, **measured(page)})
    settled = samples[1]
    return {
        "samples": samples,
        "heap_growth_mib": round(samples[-1]["script_heap_mib"] - settled["script_heap_mib"], 1),
        "process_growth_mib": round(samples[-1]["renderer_mib"] - settled["renderer_mib"], 1),
    }


def measured(page: Page) -> dict[str, float]:
    """Script heap after a collection, and resident memory of the page's process and of the GPU's, in MiB."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    metrics = {entry["name"]: entry["value"] for entry in session.send("Performance.getMetrics")["metrics"]}
    session.detach()
    processes = {"renderer": 0.0, "gpu-process": 0.0}
    for status in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = status.read_bytes().decode(errors="replace")
            resident = _resident_mib(status.parent)
        except (FileNotFoundError, ProcessLookupError):
            continue
        for kind in processes:
            if "chrom" in command and f"--type={kind}" in command:
                processes[kind] = max(processes[kind], resident)
    return {
        "script_heap_mib": round(metrics["JSHeapUsedSize"] / MEBIBYTE, 1),
        "renderer_mib": round(processes["renderer"], 1),
        "gpu_process_mib": round(processes["gpu-process"], 1),
    }


def _resident_mib(process: Path) -> float:
    for line in (process / "status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0
