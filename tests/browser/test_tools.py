"""The tools of the label editor in a real browser, by pointer and by keyboard, with the server behind them."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect
from scipy import ndimage

from tests.browser.conftest import until, wait_saved
from tests.browser.made_editor import DISC, HEIGHT, WIDTH, Editor, editor, square, with_object

pytestmark = pytest.mark.browser
__all__ = ["editor"]


def disc_share(mask: np.ndarray) -> float:
    """Intersection over union with the red disc."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    x, y, radius = DISC
    disc = (columns - x) ** 2 + (rows - y) ** 2 < radius**2
    return np.count_nonzero(disc & mask) / np.count_nonzero(disc | mask)


def test_the_wand_proposes_and_enter_paints(editor: Editor):
    editor.press("2", "w")
    editor.click(DISC[0], DISC[1])
    editor.proposes()
    assert not editor.painted().any(), "a proposal is not a label"
    editor.press("Enter")
    editor.has_steps(1)
    assert disc_share(editor.painted() > 0) > 0.98
    wait_saved(editor.page)
    editor.press("Control+z")
    until(editor.page, "window.maskloop.history.done.length === 0")
    assert not editor.painted().any()


def test_the_wand_follows_its_tolerance_and_escape_dismisses(editor: Editor):
    editor.press("2", "w")
    editor.click(DISC[0], DISC[1])
    editor.proposes()
    before = editor.page.evaluate("window.maskloop.store.proposal.value.pixels")
    for _ in range(42):
        editor.press("]")
    until(editor.page, f"window.maskloop.store.proposal.value.pixels > {2 * before}")
    editor.press("Escape")
    until(editor.page, "window.maskloop.store.proposal.value === null")
    assert editor.steps == []


def test_superpixels_are_painted_by_a_drag_as_one_step(editor: Editor):
    editor.press("2", "s")
    editor.page.mouse.move(*editor.place(DISC[0], DISC[1]))
    until(editor.page, "!window.maskloop.store.proposal.value?.message", 60)
    editor.drag((DISC[0] - 40, DISC[1]), (DISC[0] + 40, DISC[1]))
    editor.has_steps(1, 60)
    painted = editor.painted() > 0
    assert painted[DISC[1], DISC[0] - 40] and painted[DISC[1], DISC[0] + 40]
    assert not painted[110, 130], "cells of another colour are left"
    assert disc_share(painted) > 0.1


def test_the_livewire_follows_the_edge_of_the_disc(editor: Editor):
    editor.press("2", "l")
    x, y, radius = DISC
    for dx, dy in ((radius, 0), (0, radius), (-radius, 0), (0, -radius)):
        editor.click(x + dx, y + dy)
        until(editor.page, "window.maskloop.store.proposal.value?.message === ''")
    editor.press("Enter")
    editor.has_steps(1)
    # Four straight lines would enclose 2 / pi of it.
    assert disc_share(editor.painted() > 0) > 0.95


def test_grabcut_finds_the_disc_in_a_box_of_two_clicks(editor: Editor):
    editor.press("2", "x")
    x, y, radius = DISC
    editor.click(x - radius - 20, y - radius - 20)
    editor.click(x + radius + 20, y + radius + 20)
    editor.proposes()
    editor.press("Enter")
    editor.has_steps(1)
    assert disc_share(editor.painted() > 0) > 0.9


def test_grabcut_is_corrected_by_clicks_and_strokes_in_its_box(editor: Editor):
    asked: list[dict] = []
    editor.page.on("request", lambda sent: asked.append(sent.post_data_json) if "/grabcut" in sent.url else None)

    def pixels() -> int:
        return editor.page.evaluate("window.maskloop.store.proposal.value?.pixels ?? 0")

    def settled(count: int) -> None:
        until(editor.page, "window.maskloop.store.proposal.value?.message === ''")
        assert len(asked) == count

    editor.press("2", "x")
    editor.drag((30, 30), (520, 360))
    editor.proposes()
    both = pixels()
    assert both > 30_000, "the disc and the block are both in the box"
    editor.click(130, 110, button="right")
    until(editor.page, f"window.maskloop.store.proposal.value?.pixels < {both - 10_000}")
    settled(2)
    signs = editor.page.locator("#overlay circle[fill='#c4314b']")
    assert signs.count() == 1
    editor.drag((DISC[0] - 150, DISC[1]), (DISC[0] - 110, DISC[1]))
    settled(3)
    assert asked[0]["keep"] is None and asked[0]["drop"] is None
    assert asked[2]["keep"] and asked[2]["drop"] == asked[1]["drop"]
    editor.press("Backspace")
    settled(4)
    assert asked[3]["keep"] is None
    editor.press("Enter")
    editor.has_steps(1)
    assert disc_share(editor.painted() > 0) > 0.9
    assert signs.count() == 0


def test_escape_dismisses_grabcut_with_its_marks_and_its_box(editor: Editor):
    editor.press("2", "x")
    editor.drag((280, 120), (520, 360))
    editor.proposes()
    editor.click(DISC[0], DISC[1])
    until(editor.page, "window.maskloop.store.clickMarks.value.length === 1")
    editor.press("Escape")
    until(editor.page, "window.maskloop.store.proposal.value === null")
    assert editor.page.evaluate("window.maskloop.store.clickMarks.value.length") == 0
    assert editor.page.locator("#overlay .line:visible").count() == 0
    assert editor.steps == []


def test_the_wand_fills_the_holes_that_grain_leaves_unless_told_otherwise(editor: Editor):
    def holes() -> int:
        editor.press("Enter")
        until(editor.page, "window.maskloop.history.done.length === 1")
        mask = editor.painted() > 0
        editor.press("Control+z")
        until(editor.page, "window.maskloop.history.done.length === 0")
        assert mask[DISC[1], DISC[0]]
        return ndimage.label(~mask)[1] - 1

    def click() -> None:
        editor.click(DISC[0], DISC[1])
        editor.proposes()

    editor.press("2", "w", *["["] * 4)
    click()
    assert holes() == 0
    editor.press("Alt+Shift+W", "Alt+Shift+W")
    click()
    assert holes() > 20
    panel = editor.page.locator("#panel")
    panel.get_by_label("Smooth holes, specks").select_option("1000")
    panel.get_by_label("Sample").select_option("5")
    click()
    assert holes() == 0
    assert editor.page.evaluate("window.maskloop.store.samplePx.value") == 5
    editor.press("Alt+W")
    assert editor.page.evaluate("window.maskloop.store.samplePx.value") == 1


@pytest.mark.parametrize("way", ["tool", "space", "key"])
def test_a_click_centres_the_view_without_a_drag(editor: Editor, way: str):
    def middle() -> tuple[float, float]:
        view = editor.page.evaluate("window.maskloop.store.view.value")
        return tuple((view[size] / 2 - view[at]) / view["scale"] for size, at in (("width", "x"), ("height", "y")))

    def is_middle(x: float, y: float) -> None:
        assert middle() == pytest.approx((x + 0.5, y + 0.5), abs=2)

    editor.press("1", "v", "+")
    if way == "space":
        editor.press("b")
        editor.page.keyboard.down("Space")
        editor.click(250, 150)
        editor.page.keyboard.up("Space")
        is_middle(250, 150)
        assert editor.steps == []
        return
    if way == "tool":
        editor.click(250, 150)
        is_middle(250, 150)
        editor.drag((250, 150), (270, 150))
        is_middle(230, 150)
        before = middle()
        editor.page.mouse.click(*editor.place(150, 150), button="middle")
        assert middle() == before, "a wheel that is pressed by mistake"
        return
    editor.page.mouse.move(*editor.place(300, 200))
    editor.press("Shift+ArrowLeft", ".")
    is_middle(299, 200)


def test_click_to_segment_says_how_to_get_weights(editor: Editor):
    editor.press("2", "a")
    editor.says("fetch_weights")


def test_click_to_segment_waits_refines_and_paints(editor: Editor):
    asked: list[dict] = []

    def answer(route) -> None:
        asked.append(route.request.post_data_json)
        if len(asked) == 1:
            route.fulfill(status=202, json={"job": {"id": 4711}})
            return
        side = 10 * len(route.request.post_data_json["points"])
        runs = [number for row in range(100, 100 + side) for number in (row, 300, 300 + side)]
        route.fulfill(json={"runs": runs, "score": 0.9})

    job = {"id": 4711, "state": "running", "error": None}
    editor.page.route("**/click-segment", answer)
    editor.page.route("**/jobs/4711", lambda route: route.fulfill(json=job))
    editor.press("2", "a")
    expect(editor.page.locator(".strip-bar.proposal .waiting")).to_have_text(re.compile(r"[1-9]\d* s"))
    job["state"] = "succeeded"
    until(editor.page, "window.maskloop.store.proposal.value === null")
    editor.click(305, 105)
    editor.proposes()
    editor.click(330, 105, button="right")
    until(editor.page, "window.maskloop.store.proposal.value?.pixels === 400")
    editor.press("Enter")
    editor.has_steps(1)
    assert asked[0]["points"] == []
    clicked = [body["points"] for body in asked if body["points"]]
    assert [point["positive"] for point in clicked[-1]] == [True, False]
    assert np.count_nonzero(editor.painted()) == 400


@pytest.mark.parametrize("tool", ["r", "o"])
def test_shapes_are_drawn_by_two_clicks_and_by_keys_alone(editor: Editor, tool: str):
    editor.press("1", tool)
    editor.click(100, 200)
    editor.click(160, 240)
    editor.has_steps(1)
    clicked = editor.painted() > 0
    assert clicked[220, 130] and not clicked[220, 170]
    editor.press("Control+z")
    editor.click(100, 200)
    editor.press("Escape")
    editor.press("Control+Shift+ArrowRight", "Shift+ArrowRight", ".")
    editor.press(*["Control+Shift+ArrowDown"] * 2, *["Control+Shift+ArrowRight"] * 3, ".")
    editor.has_steps(1)
    assert np.count_nonzero(editor.painted()) > 0


def test_the_brush_draws_a_line_by_two_clicks(editor: Editor):
    editor.press("1", "b")
    editor.click(100, 300)
    editor.page.keyboard.down("Shift")
    editor.click(300, 300)
    editor.page.keyboard.up("Shift")
    editor.has_steps(2)
    painted = editor.painted() > 0
    assert painted[300, 100:301].all() and not painted[300, 340]


def test_an_outline_in_the_making_outlives_a_save(editor: Editor):
    editor.press("1", "b")
    editor.click(50, 400)
    editor.press("p")
    editor.click(300, 60)
    editor.click(380, 60)
    wait_saved(editor.page)
    until(editor.page, "window.maskloop.store.image.value.state === 'in_progress'")
    editor.click(340, 120)
    editor.press("Enter")
    editor.has_steps(2)
    assert editor.label(340, 80) != 0


def test_operations_on_segments_are_one_step_each_and_reach_the_server(editor: Editor):
    first = with_object(editor, lambda: square(editor, 100, 200, 80))
    steps = len(editor.steps)
    editor.press("t")
    editor.click(140, 190)
    editor.click(140, 290)
    editor.press("Enter")
    editor.has_steps(steps + 1)
    assert editor.steps[-1] == "Cut"
    left, right = editor.label(105, 240), editor.label(175, 240)
    assert left != right
    editor.press("i")
    editor.click(105, 240)
    editor.page.keyboard.down("Shift")
    editor.click(175, 240)
    editor.page.keyboard.up("Shift")
    editor.press("Shift+M")
    editor.has_steps(steps + 2)
    assert editor.label(105, 240) == editor.label(175, 240)
    editor.press("Alt+]")
    editor.has_steps(steps + 3)
    assert editor.label(98, 240) == editor.label(105, 240)
    editor.press("1", "i")
    editor.click(105, 240)
    editor.press("1")
    editor.page.evaluate(f"window.maskloop.store.segmentId.value = {editor.label(105, 240)}")
    editor.press("Shift+C")
    editor.has_steps(steps + 4)
    wait_saved(editor.page)
    answer = editor.page.request.get(
        f"{editor.url}/api/v1/images/{editor.images[0]}/labels",
        headers={**editor.headers, "Accept": "application/json"},
    ).json()
    ground = editor.page.evaluate("window.maskloop.store.classes[0].id")
    assert [segment["class"] for segment in answer["segments"]] == [ground]
    editor.press(*["Control+z"] * 4)
    until(editor.page, f"window.maskloop.history.done.length === {steps}")
    assert editor.label(105, 240) == editor.label(175, 240) == first
    wait_saved(editor.page)


def test_a_locked_class_is_neither_painted_over_nor_into(editor: Editor):
    editor.press("1")
    square(editor, 100, 200, 60)
    editor.press("k")
    editor.press("2")
    square(editor, 80, 220, 120)
    ground, disc = (editor.page.evaluate(f"window.maskloop.store.classes[{i}].id") for i in (0, 1))
    painted = editor.painted()
    assert painted[240, 130] == ground and painted[300, 180] == disc
    editor.press("1")
    square(editor, 300, 300, 30)
    editor.says("is locked")
    assert editor.painted()[310, 310] == 0


def test_the_labels_of_the_image_before_are_copied(editor: Editor):
    with_object(editor, lambda: square(editor, 200, 200, 50))
    wait_saved(editor.page)
    before = editor.painted()
    editor.open(editor.images[1])
    assert not editor.painted().any()
    editor.press("Shift+V")
    editor.has_steps(1)
    assert np.array_equal(editor.painted(), before)
    wait_saved(editor.page)
