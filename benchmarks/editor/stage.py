"""A browser in front of a running Maskloop, with the probe in its pages."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from benchmarks.editor.site import MadeImage, Site
from tests.browser.conftest import Demo, log_in, open_editor

PROBE = (Path(__file__).parent / "probe.js").read_text()
WINDOW = {"width": 1440, "height": 900}
SETTLE_MS = 1_500


class Stage:
    def __init__(self, site: Site, browser: Browser, demo: Demo):
        self.site = site
        self.browser = browser
        self.demo = demo

    @cached_property
    def small(self) -> MadeImage:
        """0.7 megapixels, nothing labelled."""
        return self.site.image(self.site.project("Small"), 1024, 683)

    @cached_property
    def large_empty(self) -> MadeImage:
        return self.site.image(self.site.project("Large and empty"), 6000, 4000, seed=1)

    @cached_property
    def large(self) -> MadeImage:
        """24 megapixels with 500 segments."""
        return self.site.image(self.site.project("Large"), 6000, 4000, 500, seed=2)

    @cached_property
    def crowded(self) -> MadeImage:
        """24 megapixels with 5,000 segments."""
        return self.site.image(self.site.project("Crowded"), 6000, 4000, 5_000, seed=3)

    @contextmanager
    def page(self) -> Iterator[Page]:
        """A logged-in page; an error in its scripts fails the measurement."""
        context = self.browser.new_context(viewport=WINDOW)
        context.set_default_timeout(120_000)
        context.add_init_script(PROBE)
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        log_in(page, self.demo)
        try:
            yield page
            if errors:
                raise RuntimeError("; ".join(errors))
        finally:
            context.close()

    @contextmanager
    def editor(self, image: MadeImage) -> Iterator[Page]:
        """The editor, open on an image and at rest."""
        with self.page() as page:
            page.goto(self.site.editor(image))
            open_editor(page)
            page.wait_for_timeout(SETTLE_MS)
            page.evaluate("probe.clear()")
            yield page


def picture_box(page: Page) -> dict[str, float]:
    """The part of the window that shows the image, in CSS px."""
    box = page.locator("#stage").bounding_box()
    if box is None:
        raise RuntimeError("the editor shows no image")
    return dict(box)


def walk(box: dict[str, float], steps: int, turn: int = 0) -> list[tuple[float, float]]:
    """A winding way over the middle of the image, another one for each `turn`."""
    points = []
    for i in range(steps):
        share = i / max(steps - 1, 1)
        x = 0.25 + 0.5 * ((share + 0.37 * turn) % 1)
        y = 0.5 + 0.25 * ((7 * share + 0.61 * turn) % 2 - 1)
        points.append((box["x"] + x * box["width"], box["y"] + y * box["height"]))
    return points


def drag(page: Page, points: Sequence[tuple[float, float]]) -> None:
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point)
    page.mouse.up()


def set_brush(page: Page, diameter_px: int) -> None:
    """A brush of this size for a new object, so that every stroke changes all pixels that it passes."""
    for key in ("b", "2", "q"):
        page.keyboard.press(key)
    page.evaluate("diameter => { maskloop.store.brushPx.value = diameter }", diameter_px)


def probe(page: Page) -> dict[str, Any]:
    return page.evaluate(
        "({longTasks: probe.longTasks, handlers: probe.handlers, frameJs: probe.frameJs, frames: probe.frames})"
    )
