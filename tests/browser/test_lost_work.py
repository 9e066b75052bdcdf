"""Nothing drawn is ever lost: servers killed, sessions ended, networks cut, tabs closed and crashed, storage full."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Error, Page

from tests.browser.conftest import Demo, drag, free_port, log_in, open_editor, start_demo, until, wait_saved
from tests.browser.test_two_tabs import held_by, image, label_map, paint

pytestmark = pytest.mark.browser
__all__ = ["image"]

# A stroke and the pixels after it in one turn of the page, so that the tab can be closed right after.
STROKE_AND_LOOK = """([fromX, toX, y]) => {
  const stage = document.getElementById("stage");
  const box = stage.getBoundingClientRect();
  stage.setPointerCapture = () => {};
  const send = (type, x) => stage.dispatchEvent(new PointerEvent(type, {
    clientX: box.left + x * box.width, clientY: box.top + y * box.height,
    pointerId: 1, button: 0, buttons: 1, bubbles: true,
  }));
  send("pointerdown", fromX);
  for (let i = 1; i <= 6; i++) send("pointermove", fromX + (i / 6) * (toX - fromX));
  send("pointerup", toX);
  const map = maskloop.labelmap;
  const runs = [];
  for (let y = 0; y < map.height; y++) {
    for (let x = 0; x < map.width; x++) if (map.get(x, y)) runs.push([y, x, map.get(x, y)]);
  }
  return runs;
}"""
OFFLINE = "document.getElementById('save-state').textContent.includes('offline')"


def editor_of(demo: Demo, image: int) -> str:
    return f"{demo.url}/images/{image}/label/"


def open_image(page: Page, demo: Demo, image: int) -> None:
    page.goto(editor_of(demo, image))
    open_editor(page)


def refuse_saves(page: Page) -> None:
    """As if the server were away, for saves only."""
    page.route("**/labels", lambda route: route.abort() if route.request.method == "PATCH" else route.continue_())


def put_back(page: Page) -> None:
    """Take what is offered, and wait until the server has it."""
    page.get_by_role("button", name="Put back").click()
    until(page, "maskloop.store.recovery.value === null && maskloop.sync.revision > 0 && !maskloop.sync.hasUnsaved")


def take_up_again(page: Page, demo: Demo, image: int) -> None:
    """Open the image as a user does after a crash: what is offered is taken."""
    open_image(page, demo, image)
    page.wait_for_timeout(500)
    if page.evaluate("maskloop.store.recovery.value !== null"):
        put_back(page)


def drawn_at_once(page: Page, start: float, end: float, y: float) -> np.ndarray:
    """One stroke by the page's own events; the label map right after it."""
    pixels = page.evaluate(STROKE_AND_LOOK, [start, end, y])
    array = np.zeros(page.evaluate("[maskloop.labelmap.height, maskloop.labelmap.width]"), np.uint16)
    for row, column, value in pixels:
        array[row, column] = value
    return array


class Killable:
    """A demo that can be killed and started again on its data and port."""

    def __init__(self, folder: Path):
        self.folder, self.port = folder, free_port()
        self.process: subprocess.Popen[str]
        self.start()

    def start(self) -> None:
        self.process, self.demo = start_demo(self.folder, self.port)

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)


@pytest.fixture
def killable() -> Iterator[Killable]:
    folder = Path(tempfile.mkdtemp(prefix="maskloop-kill-"))
    server = Killable(folder)
    try:
        yield server
    finally:
        server.process.send_signal(signal.SIGINT)
        server.process.wait(30)
        shutil.rmtree(folder)


def test_a_server_killed_during_a_stroke_gets_it_when_it_is_back(browser, killable: Killable):
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    demo = killable.demo
    log_in(page, demo)
    answer = page.request.get(f"{demo.url}/api/v1/projects/1/images?state=new")
    image = answer.json()["items"][-1]["id"]
    open_image(page, demo, image)
    paint(page, "1", (0.3, 0.3), (0.4, 0.3))
    wait_saved(page)
    box = page.locator("#stage").bounding_box()
    assert box is not None

    def at(x: float, y: float) -> tuple[float, float]:
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    page.keyboard.press("2")
    page.mouse.move(*at(0.5, 0.5))
    page.mouse.down()
    page.mouse.move(*at(0.55, 0.5), steps=4)
    killable.kill()
    page.mouse.move(*at(0.6, 0.55), steps=4)
    page.mouse.up()
    until(page, OFFLINE)
    drag(page, (0.3, 0.7), (0.35, 0.7))
    until(page, "document.getElementById('save-state').textContent.includes('2 strokes')")
    drawn = held_by(page)
    killable.start()
    until(page, "maskloop.store.saveState.value.kind === 'saved'", seconds=60)
    assert np.array_equal(label_map(page, demo, image), drawn)
    page.context.close()


def test_a_session_that_ends_asks_for_the_password_and_goes_on(page: Page, demo: Demo, image: int):
    open_image(page, demo, image)
    until(page, "maskloop.isNextReady")
    page.context.clear_cookies()  # the session and the form token
    paint(page, "1", (0.3, 0.4), (0.45, 0.4))
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    drawn = held_by(page)
    dialog.get_by_label("Password").fill(demo.password)
    dialog.get_by_role("button", name="Log in").click()
    wait_saved(page)
    assert np.array_equal(label_map(page, demo, image), drawn)
    paint(page, "2", (0.5, 0.6), (0.6, 0.6))
    wait_saved(page)
    assert np.array_equal(label_map(page, demo, image), held_by(page))


def test_without_a_network_strokes_are_counted_and_kept(page: Page, demo: Demo, image: int):
    open_image(page, demo, image)
    page.context.set_offline(True)
    paint(page, "1", (0.2, 0.2), (0.3, 0.2))
    until(page, OFFLINE)
    paint(page, "1", (0.2, 0.3), (0.3, 0.3))
    until(page, "document.getElementById('save-state').textContent.includes('2 strokes')")
    drawn = held_by(page)
    page.context.set_offline(False)
    wait_saved(page)
    assert np.array_equal(label_map(page, demo, image), drawn)


def test_two_tabs_on_other_tiles_never_hear_of_each_other(page: Page, demo: Demo, image: int):
    other = page.context.new_page()
    for tab in (page, other):
        open_image(tab, demo, image)
    paint(page, "1", (0.25, 0.25), (0.3, 0.25))
    wait_saved(page)
    paint(other, "2", (0.75, 0.75), (0.8, 0.75))
    wait_saved(other)
    assert other.evaluate("maskloop.store.conflict.value") is None
    assert other.evaluate("maskloop.store.toasts.value.length") == 0
    assert np.array_equal(label_map(page, demo, image), held_by(other))


@pytest.mark.parametrize("choice", ["Keep mine", "Take theirs"])
def test_two_tabs_on_the_same_pixels_let_the_user_choose(page: Page, demo: Demo, image: int, choice: str):
    other = page.context.new_page()
    for tab in (page, other):
        open_image(tab, demo, image)
    paint(page, "1", (0.4, 0.5), (0.5, 0.5))
    wait_saved(page)
    first = label_map(page, demo, image)
    paint(other, "2", (0.45, 0.5), (0.55, 0.5))
    until(other, "maskloop.store.conflict.value !== null")
    mine = held_by(other)
    other.get_by_role("button", name=choice).first.click()
    until(other, "maskloop.store.conflict.value === null")
    wait_saved(other)
    saved = label_map(page, demo, image)
    assert np.array_equal(saved, held_by(other))
    if choice == "Keep mine":
        assert np.array_equal(saved, mine)
    else:
        assert np.array_equal(saved[first > 0], first[first > 0]), "the first tab's stroke is back"
        assert np.count_nonzero(saved) > np.count_nonzero(first), "what only I drew stays"


def test_a_tab_closed_right_after_a_stroke_loses_nothing(page: Page, demo: Demo, image: int):
    tab = page.context.new_page()
    open_image(tab, demo, image)
    drawn = drawn_at_once(tab, 0.3, 0.4, 0.6)
    tab.close()
    assert drawn.any()
    take_up_again(page, demo, image)
    assert np.array_equal(label_map(page, demo, image), drawn)


def test_a_crashed_tab_is_offered_its_draft(page: Page, demo: Demo, image: int):
    tab = page.context.new_page()
    open_image(tab, demo, image)
    refuse_saves(tab)
    paint(tab, "1", (0.3, 0.3), (0.4, 0.3))
    paint(tab, "2", (0.3, 0.4), (0.4, 0.4))
    tab.keyboard.press("Control+z")
    paint(tab, "2", (0.5, 0.4), (0.6, 0.5))
    until(tab, "maskloop.sync.draft.isBehind === false")
    drawn = held_by(tab)
    with pytest.raises(Error):
        tab.goto("chrome://crash", timeout=5_000)
    open_image(page, demo, image)
    until(page, "maskloop.store.recovery.value !== null")
    assert page.evaluate("maskloop.store.recovery.value.strokes") == 4
    put_back(page)
    assert np.array_equal(label_map(page, demo, image), drawn)
    tab.close()
    page.reload()
    open_editor(page)
    page.wait_for_timeout(500)
    assert page.evaluate("maskloop.store.recovery.value") is None, "it is offered once"


def test_full_storage_is_told_and_the_server_still_has_each_stroke(page: Page, demo: Demo, image: int):
    open_image(page, demo, image)
    session = page.context.new_cdp_session(page)
    session.send("Storage.overrideQuotaForOrigin", {"origin": demo.url, "quotaSize": 1})
    paint(page, "1", (0.3, 0.3), (0.4, 0.3))
    wait_saved(page)
    assert np.array_equal(label_map(page, demo, image), held_by(page))
    refuse_saves(page)
    paint(page, "1", (0.3, 0.5), (0.4, 0.5))
    until(page, OFFLINE)
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.close(run_before_unload=True)
    page.wait_for_timeout(500)
    assert asked == ["beforeunload"], "neither the server nor the browser has it: the user is asked"
    drawn = held_by(page)
    page.unroute("**/labels")
    wait_saved(page)
    assert np.array_equal(label_map(page, demo, image), drawn)
