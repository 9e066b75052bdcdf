"""Frames while the view moves, beside those of a page at rest."""

from typing import Any

from playwright.sync_api import Page

from benchmarks.editor.figures import LONG_TASK_MS, frame_figures
from benchmarks.editor.site import MadeImage
from benchmarks.editor.stage import Stage, picture_box, probe, set_brush, walk

SECONDS = 6
STEPS = 240


def moving(stage: Stage) -> dict[str, Any]:
    """Pan, zoom and rest in turns, at 24 MP with 500 and with 5,000 segments; and a stroke."""
    return {image.name: _image(stage, image) for image in (stage.large, stage.crowded)}


def _image(stage: Stage, image: MadeImage) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    with stage.editor(image) as page:
        for turn in range(2):
            for name, act in (("rest", _rest), ("zoom", _zoom), ("pan", _pan), ("stroke", _stroke)):
                page.evaluate("probe.clear(), probe.watchFrames()")
                act(page)
                page.evaluate("probe.stopFrames()")
                found = probe(page)
                figures[f"{name}, turn {turn + 1}"] = frame_figures(found["frames"]) | {
                    "long_tasks": sum(task["duration"] > LONG_TASK_MS for task in found["longTasks"])
                }
                page.wait_for_timeout(800)
    return figures


def _rest(page: Page) -> None:
    page.wait_for_timeout(SECONDS * 1000)


def _zoom(page: Page) -> None:
    box = picture_box(page)
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.4)
    for step in range(STEPS):
        page.mouse.wheel(0, -60 if step % 60 < 30 else 60)
        page.wait_for_timeout(SECONDS * 1000 / STEPS)


def _pan(page: Page) -> None:
    page.keyboard.press("v")
    _wind(page)


def _stroke(page: Page) -> None:
    set_brush(page, 400)
    _wind(page)


def _wind(page: Page) -> None:
    """Drag over the middle of the image for SECONDS."""
    points = walk(picture_box(page), STEPS)
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points:
        page.mouse.move(*point)
        page.wait_for_timeout(SECONDS * 1000 / STEPS)
    page.mouse.up()
