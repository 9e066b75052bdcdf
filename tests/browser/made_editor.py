"""The label editor on a made picture, driven by places in image pixels."""

import io
import json
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image as PillowImage
from playwright.sync_api import Page

from tests.browser.conftest import Demo, open_editor, until

WIDTH, HEIGHT = 640, 480
DISC = (400, 240, 90)
"""Middle and radius of the red disc on the made picture."""


def picture() -> bytes:
    """A grey picture with some noise, a red disc and a blue block."""
    random = np.random.default_rng(3)
    pixels = np.full((HEIGHT, WIDTH, 3), 110, np.int16)
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    x, y, radius = DISC
    pixels[(columns - x) ** 2 + (rows - y) ** 2 < radius**2] = (200, 50, 40)
    pixels[60:160, 60:200] = (40, 60, 200)
    pixels += random.integers(-6, 7, (HEIGHT, WIDTH, 1), dtype=np.int16)
    out = io.BytesIO()
    PillowImage.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(out, "PNG")
    return out.getvalue()


class Editor:
    """The editor on a made picture; places are image pixels."""

    def __init__(self, page: Page, url: str, headers: dict[str, str], images: list[int]):
        self.page = page
        self.url = url
        self.headers = headers
        self.images = images

    def open(self, image: int) -> None:
        self.page.goto(f"{self.url}/images/{image}/label/")
        open_editor(self.page)

    def place(self, x: float, y: float) -> tuple[float, float]:
        view = self.page.evaluate("window.maskloop.store.view.value")
        box = self.page.locator("#stage").bounding_box()
        assert box is not None
        return (
            box["x"] + ((x + 0.5) * view["scale"] + view["x"]) / view["ratio"],
            box["y"] + ((y + 0.5) * view["scale"] + view["y"]) / view["ratio"],
        )

    def click(self, x: float, y: float, **options) -> None:
        self.page.mouse.move(*self.place(x, y))
        self.page.mouse.click(*self.place(x, y), **options)

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        self.page.mouse.move(*self.place(*start))
        self.page.mouse.down()
        self.page.mouse.move(*self.place(*end), steps=6)
        self.page.mouse.up()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def label(self, x: int, y: int) -> int:
        return self.page.evaluate(f"window.maskloop.labelmap.get({x}, {y})")

    def painted(self) -> np.ndarray:
        """Class ids of the pixels as the page holds them, 0 where unlabelled."""
        rows = self.page.evaluate(
            """() => {
              const map = window.maskloop.labelmap, rows = [];
              const classes = new Map(window.maskloop.segments.map((segment) => [segment.id, segment.class]));
              for (let y = 0; y < map.height; y++)
                rows.push(Array.from({ length: map.width }, (_, x) => classes.get(map.get(x, y)) ?? 0));
              return rows;
            }"""
        )
        return np.asarray(rows)

    @property
    def steps(self) -> list[str]:
        return self.page.evaluate("window.maskloop.history.done.map(({ label }) => label)")

    def proposes(self, seconds: float = 20) -> None:
        until(self.page, "window.maskloop.store.proposal.value?.pixels > 0", seconds)

    def has_steps(self, count: int, seconds: float = 20) -> None:
        until(self.page, f"window.maskloop.history.done.length === {count}", seconds)

    def says(self, words: str) -> None:
        text = json.dumps(words)
        until(self.page, f"window.maskloop.store.toasts.value.some((toast) => toast.text.includes({text}))")


@pytest.fixture
def editor(page: Page, demo: Demo) -> Editor:
    """A project of its own with two pictures of one size, the first one open."""
    post = page.request.post
    account = {"username": demo.username, "password": demo.password}
    token = post(f"{demo.url}/api/v1/tokens", data=account).json()["token"]
    headers = {"Authorization": f"Bearer {token}"}
    classes = [
        {"name": "Ground", "color": "#d55e00", "kind": "stuff"},
        {"name": "Disc", "color": "#0072b2", "kind": "thing"},
    ]
    project = post(
        f"{demo.url}/api/v1/projects",
        headers=headers,
        data={"name": "Tools", "task": "panoptic", "classes": classes},
    ).json()["id"]
    images = []
    for name in ("a.png", "b.png"):
        content = picture() + name.encode()
        answer = post(
            f"{demo.url}/api/v1/projects/{project}/images",
            headers=headers,
            multipart={"files": {"name": name, "mimeType": "image/png", "buffer": content}},
        )
        images.append(answer.json()["created"][0]["id"])
    opened = Editor(page, demo.url, headers, images)
    opened.open(images[0])
    return opened


def square(editor: Editor, left: int, top: int, side: int) -> None:
    editor.press("r")
    editor.click(left, top)
    editor.click(left + side - 1, top + side - 1)


def with_object(editor: Editor, draw: Callable[[], None]) -> int:
    """Draws a new object of class Disc and returns its segment id."""
    editor.press("2", "q")
    draw()
    return editor.page.evaluate("window.maskloop.store.segmentId.value")
