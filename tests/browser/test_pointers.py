"""Fingers, palms, pens and mice in a real browser: what draws, what moves the view, and that no stroke gets stuck."""

from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import CDPSession

from tests.browser.conftest import until
from tests.browser.made_editor import Editor, editor

pytestmark = pytest.mark.browser
__all__ = ["editor"]

Place = tuple[float, float]
SCALE = "window.maskloop.store.view.value.scale"
HIDE = """() => {
  Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


class Hand:
    """Fingers and a pen on the open image; places are image pixels."""

    def __init__(self, editor: Editor):
        self.editor = editor
        self.session: CDPSession = editor.page.context.new_cdp_session(editor.page)
        self.session.send("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 5})

    def fingers(self, kind: str, *places: Place) -> None:
        """`kind`: Start, Move, End or Cancel; `places`: all fingers that are down now."""
        points = [dict(zip("xy", self.editor.place(*place), strict=True)) for place in places]
        self.session.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})

    def pen(self, kind: str, place: Place, force: float = 0.5, **more) -> None:
        x, y = self.editor.place(*place)
        down = kind != "mouseReleased"
        event = {"type": kind, "x": x, "y": y, "button": "left", "buttons": int(down), "clickCount": 1}
        self.session.send("Input.dispatchMouseEvent", {**event, "pointerType": "pen", "force": force, **more})

    def pen_stroke(self, *places: Place, force: float = 0.5, midway: Callable[[], None] = lambda: None) -> None:
        self.pen("mousePressed", places[0], force)
        for place in places[1:-1]:
            self.pen("mouseMoved", place, force)
        midway()
        self.pen("mouseMoved", places[-1], force)
        self.pen("mouseReleased", places[-1], 0)


@pytest.fixture
def hand(editor: Editor) -> Hand:
    editor.page.evaluate("window.maskloop.store.brushPx.value = 10")
    return Hand(editor)


def view(editor: Editor) -> dict:
    return editor.page.evaluate("({ ...window.maskloop.store.view.value })")


def test_a_pen_presses_wide_and_thin(editor: Editor, hand: Hand):
    editor.page.evaluate("window.maskloop.store.brushPx.value = 40")
    editor.press("1", "b", "Shift+P")
    hand.pen_stroke((100, 100), (120, 100), (200, 100), force=0.25)
    editor.has_steps(1)
    column = editor.painted()[:, 150] > 0
    assert np.count_nonzero(column) == 10
    hand.pen_stroke((300, 300), (320, 300), (400, 300), force=1)
    editor.has_steps(2)
    assert np.count_nonzero(editor.painted()[:, 350] > 0) == 40


def test_a_palm_beneath_a_pen_neither_draws_nor_ends_its_stroke(editor: Editor, hand: Hand):
    editor.press("1", "b")
    before = view(editor)

    def palm() -> None:
        hand.fingers("Start", (400, 400))
        hand.fingers("Start", (400, 400), (430, 420))
        hand.fingers("Move", (420, 400), (480, 430))

    hand.pen_stroke((100, 100), (150, 100), (250, 100), midway=palm)
    hand.fingers("End")
    editor.has_steps(1)
    assert view(editor) == before
    painted = editor.painted() > 0
    assert painted[100, 100:250].all(), "the pen's stroke is whole"
    assert not painted[380:440].any(), "the palm drew nothing"


def test_what_a_palm_drew_before_the_pen_came_is_taken_back(editor: Editor, hand: Hand):
    editor.press("1", "b")
    hand.fingers("Start", (400, 400))
    hand.fingers("Move", (430, 400))
    hand.pen_stroke((100, 100), (150, 100), (200, 100))
    hand.fingers("End")
    editor.has_steps(1)
    painted = editor.painted() > 0
    assert painted[100, 150] and not painted[380:420].any()


def test_a_second_finger_takes_the_stroke_back_and_leaves_an_outline_in_the_making(editor: Editor, hand: Hand):
    editor.press("1", "b")
    hand.fingers("Start", (100, 100))
    hand.fingers("Move", (160, 100))
    hand.fingers("Start", (160, 100), (200, 160))
    hand.fingers("End")
    assert editor.steps == [] and not editor.painted().any()
    editor.press("p")
    for corner in ((300, 100), (400, 100)):
        hand.fingers("Start", corner)
        hand.fingers("End")
    before = view(editor)["scale"]
    hand.fingers("Start", (300, 200))
    hand.fingers("Start", (300, 200), (340, 200))
    hand.fingers("Move", (280, 200), (400, 200))
    hand.fingers("End")
    assert view(editor)["scale"] > 1.5 * before
    hand.fingers("Start", (350, 180))
    hand.fingers("End")
    editor.press("Enter")
    editor.has_steps(1)
    painted = editor.painted() > 0
    assert painted[120, 350] and not painted[190, 300], "three corners: none is lost, the pinch set none"


def test_a_pinch_keeps_the_pixels_under_the_fingers(editor: Editor, hand: Hand):
    left, right = (200.0, 200.0), (260.0, 240.0)
    places = [editor.place(*left), editor.place(*right)]
    hand.fingers("Start", left)
    hand.fingers("Start", left, right)
    (ax, ay), (bx, by) = places
    for step in range(1, 41):
        spread = 4 * step
        points = [{"x": ax - spread, "y": ay - spread}, {"x": bx + spread, "y": by + spread}]
        hand.session.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": points})
    middle = ((left[0] + right[0]) / 2, (left[1] + right[1]) / 2)
    now = editor.place(*middle)
    assert now == pytest.approx(((ax + bx) / 2, (ay + by) / 2), abs=1.1)
    hand.fingers("End")


def test_a_cancelled_touch_takes_its_stroke_back(editor: Editor, hand: Hand):
    editor.press("1", "b")
    hand.fingers("Start", (100, 100))
    hand.fingers("Move", (160, 100))
    hand.fingers("Cancel")
    assert editor.steps == [] and not editor.painted().any()
    hand.fingers("Start", (100, 200))
    hand.fingers("Move", (160, 200))
    hand.fingers("End")
    editor.has_steps(1)


def test_a_button_let_go_behind_another_window_ends_the_stroke(editor: Editor, hand: Hand):
    editor.press("1", "b")
    editor.page.mouse.move(*editor.place(100, 100))
    editor.page.mouse.down()
    editor.page.mouse.move(*editor.place(160, 100), steps=3)
    x, y = editor.place(400, 300)
    hand.session.send("Input.dispatchMouseEvent", {"type": "mouseMoved", "x": x, "y": y, "buttons": 0})
    editor.has_steps(1)
    painted = editor.painted() > 0
    assert painted[100, 130] and not painted[200:].any(), "the way back draws nothing"
    editor.page.mouse.up()


def test_a_hidden_page_keeps_the_stroke_in_progress_and_the_outline(editor: Editor):
    editor.press("1", "b")
    editor.page.mouse.move(*editor.place(100, 100))
    editor.page.mouse.down()
    editor.page.mouse.move(*editor.place(160, 100), steps=3)
    editor.page.evaluate(HIDE)
    editor.has_steps(1)
    editor.page.mouse.up()
    editor.press("p")
    for corner in ((300, 100), (400, 100)):
        editor.click(*corner)
    editor.page.evaluate(HIDE)
    editor.click(350, 180)
    editor.press("Enter")
    editor.has_steps(2)


def test_a_tool_pressed_down_by_key_gives_way_to_the_mouse(editor: Editor):
    editor.press("1", "b")
    editor.page.mouse.move(*editor.place(100, 100))
    editor.press(".")
    editor.drag((200, 200), (260, 200))
    editor.has_steps(2)
    painted = editor.painted() > 0
    assert painted[100, 100] and painted[200, 230]


def test_another_button_in_mid_stroke_changes_nothing(editor: Editor):
    editor.press("1", "b")
    editor.page.mouse.move(*editor.place(100, 100))
    editor.page.mouse.down()
    editor.page.mouse.move(*editor.place(140, 100), steps=3)
    editor.page.mouse.down(button="right")
    editor.page.mouse.move(*editor.place(180, 100), steps=3)
    editor.page.mouse.up(button="right")
    editor.page.mouse.move(*editor.place(220, 100), steps=3)
    editor.page.mouse.up()
    editor.has_steps(1)
    assert (editor.painted() > 0)[100, 100:220].all()


def test_a_window_resized_in_mid_stroke_goes_on_under_the_pointer(editor: Editor):
    editor.press("1", "b")
    editor.page.mouse.move(*editor.place(100, 100))
    editor.page.mouse.down()
    editor.page.mouse.move(*editor.place(140, 100), steps=3)
    editor.page.set_viewport_size({"width": 1000, "height": 700})
    editor.page.wait_for_timeout(200)
    editor.page.mouse.move(*editor.place(200, 300), steps=3)
    editor.page.mouse.up()
    editor.has_steps(1)
    painted = editor.painted() > 0
    assert painted[100, 120] and painted[300, 200]


def test_wheel_and_pinch_at_once_end_in_a_usable_view(editor: Editor, hand: Hand):
    hand.fingers("Start", (200, 200))
    hand.fingers("Start", (200, 200), (300, 240))
    editor.page.mouse.move(*editor.place(250, 220))
    for step in range(6):
        hand.fingers("Move", (200 - 4 * step, 200), (300 + 4 * step, 240))
        editor.page.mouse.wheel(0, -120 if step % 2 else 240)
    hand.fingers("End")
    shown = view(editor)
    assert all(np.isfinite(shown[name]) for name in ("scale", "x", "y"))
    editor.press("f")
    editor.press("1", "b")
    hand.fingers("Start", (100, 100))
    hand.fingers("Move", (160, 100))
    hand.fingers("End")
    editor.has_steps(1)


def test_many_small_zooms_keep_the_pixel_under_the_pointer(editor: Editor):
    for _ in range(6):
        editor.press("-")
    until(editor.page, f"{SCALE} < 0.2")
    # Wheels tell whole CSS pixels.
    x, y = np.round(editor.place(417, 133))
    left, right = editor.place(0, 0)[0], editor.place(1, 0)[0]
    pixel_x = (x - left) / (right - left)
    editor.page.mouse.move(x, y)
    for _ in range(60):
        editor.page.mouse.wheel(0, -50)
    until(editor.page, f"{SCALE} > 15")
    assert editor.place(pixel_x, 0)[0] == pytest.approx(x, abs=1.1)


def test_the_pixel_told_is_the_pixel_painted_also_after_the_view_moved_by_key(editor: Editor):
    editor.page.evaluate("window.maskloop.store.brushPx.value = 1")
    editor.press("1", "b")
    editor.page.mouse.move(*editor.place(300, 200))
    editor.press("ArrowRight", "ArrowDown", "ArrowDown")
    told = editor.page.locator("#status-position").text_content()
    editor.page.mouse.down()
    editor.page.mouse.up()
    editor.has_steps(1)
    rows, columns = np.nonzero(editor.painted())
    assert [f"x {x}  y {y}" for x, y in zip(columns, rows, strict=True)] == [told]
