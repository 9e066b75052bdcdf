"""Finding one's way: mini-map, rulers, zoom; where the focus goes when what had it goes."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import until
from tests.browser.made_editor import HEIGHT, WIDTH, Editor, editor
from tests.browser.test_choices import CONFLICT

pytestmark = pytest.mark.browser
__all__ = ["editor"]

FOCUSED = "document.activeElement.id"
# The numbers of the rulers as they are drawn, with the device pixel that each stands at.
NOTE_NUMBERS = """
  window.numbers = { x: {}, y: {} };
  const draw = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (text, ...at) {
    const { e, f } = this.getTransform();
    if (this.canvas.classList.contains("x")) window.numbers.x[text] = e;
    if (this.canvas.classList.contains("y")) window.numbers.y[text] = f;
    return draw.call(this, text, ...at);
  };
  0;
"""


def look_at(page: Page, scale: float, x: float, y: float) -> dict:
    """Image point (x, y) at the canvas's top left corner."""
    change = f"{{ scale: {scale}, x: {round(-x * scale)}, y: {round(-y * scale)} }}"
    page.evaluate("window.numbers = { x: {}, y: {} }")
    page.evaluate(f"(({{ view }}) => {{ view.value = {{ ...view.value, ...{change} }}; }})(window.maskloop.store)")
    return page.evaluate("({ ...window.maskloop.store.view.value })")


def middle(editor: Editor) -> tuple[float, float]:
    view = editor.page.evaluate("({ ...window.maskloop.store.view.value })")
    return (view["width"] / 2 - view["x"]) / view["scale"], (view["height"] / 2 - view["y"]) / view["scale"]


def assert_frame_is_the_view(editor: Editor) -> None:
    """The frame of the mini-map covers what the canvas shows of the image."""
    view = editor.page.evaluate("({ ...window.maskloop.store.view.value })")
    shares = editor.page.evaluate(
        """(() => {
          const whole = document.querySelector(".minimap img").getBoundingClientRect();
          const frame = document.querySelector(".minimap .frame").getBoundingClientRect();
          return [(frame.left - whole.left) / whole.width, (frame.top - whole.top) / whole.height,
                  (frame.right - whole.left) / whole.width, (frame.bottom - whole.top) / whole.height];
        })()"""
    )
    left, top = -view["x"] / view["scale"] / WIDTH, -view["y"] / view["scale"] / HEIGHT
    right, bottom = left + view["width"] / view["scale"] / WIDTH, top + view["height"] / view["scale"] / HEIGHT
    assert shares == pytest.approx([max(0, left), max(0, top), min(1, right), min(1, bottom)], abs=0.01)


def test_the_mini_map_shows_the_part_in_view_and_moves_it(editor: Editor):
    page = editor.page
    map_ = page.locator(".minimap")
    expect(map_).to_be_hidden()
    look_at(page, 6, 200, 150)
    expect(map_).to_be_visible()
    assert_frame_is_the_view(editor)
    box = map_.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.down()
    assert middle(editor) == pytest.approx((WIDTH / 2, HEIGHT / 2), abs=8)
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.7 * box["height"], steps=4)
    page.mouse.up()
    assert middle(editor) == pytest.approx((0.3 * WIDTH, 0.7 * HEIGHT), abs=8)
    assert_frame_is_the_view(editor)
    before = middle(editor)
    map_.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    after = middle(editor)
    assert after[0] > before[0] + 10 and after[1] < before[1] - 10
    page.set_viewport_size({"width": 760, "height": 1000})
    page.wait_for_timeout(200)
    assert_frame_is_the_view(editor)


def test_a_click_on_the_mini_map_leaves_the_keys_to_the_image(editor: Editor):
    editor.page.locator("#stage").focus()
    look_at(editor.page, 6, 200, 150)
    editor.page.locator(".minimap").click()
    assert editor.page.evaluate(FOCUSED) == "stage"


def test_rulers_tell_the_pixel_at_every_zoom_and_end_with_the_image(editor: Editor):
    page = editor.page
    page.evaluate(NOTE_NUMBERS)
    page.evaluate("window.maskloop.store.areRulersShown.value = true")
    for scale, x, y in ((1, -100, -50), (8, 120, 90), (64, 310, 150), (0.3, -800, -600), (3.7, 500, 380)):
        view = look_at(page, scale, x, y)
        page.wait_for_timeout(50)
        for axis, size in (("x", WIDTH), ("y", HEIGHT)):
            found = {int(text): at for text, at in page.evaluate(f"window.numbers.{axis}").items()}
            assert found, f"no number at {scale}"
            assert min(found) >= 0 and max(found) <= size
            for value, at in found.items():
                corner = value * view["scale"] + view[axis]
                assert at == pytest.approx(corner + 3 * view["ratio"], abs=1)
                assert corner >= 17, "nothing is cut in the corner of the two"


def test_the_whole_of_a_very_wide_image_fits(editor: Editor):
    page = editor.page
    page.evaluate("(({ image }) => { image.value = { ...image.value, width: 65535, height: 900 }; })(maskloop.store)")
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(200)
    editor.press("f")
    view = page.evaluate("({ ...window.maskloop.store.view.value })")
    assert view["x"] >= 0 and view["x"] + 65535 * view["scale"] <= view["width"]


def test_zooming_at_a_corner_never_loses_the_image(editor: Editor):
    box = editor.page.locator("#stage").bounding_box()
    assert box is not None
    editor.page.mouse.move(box["x"] + box["width"] - 3, box["y"] + box["height"] - 3)
    for _ in range(12):
        editor.page.mouse.wheel(0, -300)
    view = editor.page.evaluate("({ ...window.maskloop.store.view.value })")
    assert view["x"] + WIDTH * view["scale"] > 20 and view["y"] + HEIGHT * view["scale"] > 20


def test_f6_walks_through_all_parts_of_the_editor(editor: Editor):
    regions = "['stage', 'tools', 'panel', 'topbar']"
    holds_focus = "(id) => document.getElementById(id).contains(document.activeElement)"
    walked = []
    for _ in range(5):
        editor.press("F6")
        walked.append(editor.page.evaluate(f"{regions}.find({holds_focus})"))
    assert walked == ["stage", "tools", "panel", "topbar", "stage"]


def test_the_focus_returns_to_the_image_when_its_button_goes(editor: Editor):
    page = editor.page
    page.evaluate(CONFLICT)
    strip = page.get_by_role("region", name="Save conflict")
    for _ in range(3):
        strip.get_by_role("button", name="Keep mine").focus()
        editor.press("Enter")
    expect(strip).to_be_hidden()
    assert page.evaluate(FOCUSED) == "stage"
    editor.press("f", "1", "r")
    editor.click(100, 100)
    editor.click(150, 150)
    page.locator("[data-action=undo]").focus()
    editor.press("Enter")
    until(page, f"{FOCUSED} === 'stage'")
    editor.press("Control+y", "2", "w")
    editor.click(400, 240)
    editor.proposes()
    page.locator("[data-action=proposal-accept]").focus()
    editor.press("Enter")
    editor.has_steps(2)
    until(page, f"{FOCUSED} === 'stage'")
    page.locator("#panel-segments .virtual").focus()
    editor.press("Control+a", "Delete")
    editor.has_steps(3)
    until(page, f"{FOCUSED} === 'stage'")


def test_messages_leave_strokes_and_the_ends_of_a_proposal_free(editor: Editor):
    page = editor.page
    page.evaluate("window.maskloop.store.isPanelOpen.value = false")
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(200)
    editor.press("2", "w")
    editor.click(400, 240)
    editor.proposes()
    page.evaluate(
        """(({ toasts }) => {
          const text = (i) => `Message ${i} that takes some lines, since it tells what happened and what to do.`;
          toasts.value = Array.from({ length: 10 }, (_, i) => ({ id: 900 + i, tone: "error", text: text(i) }));
        })(window.maskloop.store)"""
    )
    boxes = [toast.bounding_box() for toast in page.locator(".toast").all()]
    picture = page.locator(".picture").bounding_box()
    strip = page.locator(".strip-bar.proposal").bounding_box()
    assert picture is not None and strip is not None
    for box in boxes:
        assert box is not None and box["y"] >= picture["y"] and box["y"] + box["height"] <= strip["y"]
    editor.press("Escape", "1", "b")
    box = boxes[2]
    assert box is not None
    page.mouse.move(box["x"] + 40, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 90, box["y"] + 30, steps=3)
    page.mouse.up()
    editor.has_steps(1)
    page.get_by_role("button", name="Dismiss all").click()
    expect(page.locator(".toast")).to_have_count(0)
