"""A running demo as a newcomer gets it, and a real Chromium in front of it."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from annotator.checks import built_assets

ROOT = Path(__file__).parent.parent.parent
READY_SECONDS = 120
CHROMIUM_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]


@dataclass(frozen=True)
class Demo:
    url: str
    username: str
    password: str
    data: Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def clean_environment(data: Path, port: int) -> dict[str, str]:
    """The variables of a newcomer's shell: nothing of the test run's settings, no services of this machine."""
    ours = {"DJANGO_SETTINGS_MODULE", "DATABASE_URL", "REDIS_URL", "SECRET_KEY"}
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return {**kept, "DATA": str(data), "PORT": str(port), "TORCH_THREADS": "1"}


@pytest.fixture(scope="session")
def untouched_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a demo that nobody has used leaves behind; drawing its images takes longest of its start."""
    folder = tmp_path_factory.mktemp("untouched")
    process, _ = start_demo(folder, free_port())
    end(process)
    return folder


@pytest.fixture(scope="module")
def demo(untouched_data: Path) -> Iterator[Demo]:
    """`manage.py demo` until the module's tests are done; Ctrl-C ends it."""
    folder = Path(tempfile.mkdtemp(prefix="maskloop-demo-"))
    shutil.copytree(untouched_data, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("redis", "logs"))
    process, demo = start_demo(folder, free_port())
    try:
        yield demo
    finally:
        end(process)
        shutil.rmtree(folder)


def end(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGINT)
    process.wait(30)


def start_demo(folder: Path, port: int) -> tuple[subprocess.Popen[str], Demo]:
    """A demo with its data in `folder`, up and ready, in a process group of its own; with the editor as it is now."""
    if troubles := built_assets():
        raise AssertionError(str(troubles[0]))
    process = subprocess.Popen(
        [sys.executable, "manage.py", "demo"],
        cwd=ROOT,
        env=clean_environment(folder, port),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    return process, _when_ready(process, folder)


def _when_ready(process: subprocess.Popen[str], folder: Path) -> Demo:
    assert process.stdout is not None
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        line = process.stdout.readline()
        found = re.fullmatch(r"Maskloop is ready: (\S+)  (\S+) / (\S+)\n", line)
        if found:
            return Demo(*found.groups(), data=folder)
        if not line:
            break
    raise AssertionError("the demo did not come up")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser, demo: Demo) -> Iterator[Page]:
    """A logged-in page; an error in the page's scripts fails the test."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(30_000)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    log_in(page, demo)
    yield page
    context.close()
    assert errors == []


def log_in(page: Page, demo: Demo) -> None:
    page.goto(f"{demo.url}/accounts/login/")
    page.fill("input[name=username]", demo.username)
    page.fill("input[name=password]", demo.password)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(f"{demo.url}/")


def until(page: Page, expression: str, seconds: float = 20) -> None:
    """Wait until a JavaScript expression is true; asked from outside, since the pages' policy forbids eval."""
    deadline = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, f"not within {seconds} s: {expression}"
        page.wait_for_timeout(100)


def open_editor(page: Page) -> None:
    """Wait until the editor has its image and takes strokes."""
    until(page, "window.maskloop !== undefined")
    page.evaluate("window.maskloop.ready")
    page.wait_for_selector("body[data-phase=ready]")


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """One stroke over the picture, from and to given as shares of its width and height."""
    box = page.locator("#stage").bounding_box()
    assert box is not None
    (from_x, from_y), (to_x, to_y) = (
        (box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)
    )
    page.mouse.move(from_x, from_y)
    page.mouse.down()
    page.mouse.move(to_x, to_y, steps=8)
    page.mouse.up()


def wait_saved(page: Page) -> None:
    until(page, "document.getElementById('save-state').dataset.kind === 'saved'", seconds=10)
