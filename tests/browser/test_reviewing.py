"""Review: what was changed since the annotator handed the image in, walked through place by place."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Demo, open_editor, until, wait_saved
from tests.browser.made_editor import Editor, editor

pytestmark = pytest.mark.browser
__all__ = ["editor"]

PLACE = "window.maskloop.store.changes.value[window.maskloop.store.changeAt.value]"


@pytest.fixture
def review(editor: Editor) -> Editor:
    """A submitted image, open for review."""
    page = editor.page
    editor.press("1", "b")
    editor.drag((100, 300), (160, 300))
    wait_saved(page)
    answer = page.request.post(
        f"{editor.url}/api/v1/images/{editor.images[0]}/submit", headers=editor.headers, data=json.dumps({})
    )
    assert answer.ok, answer.text()
    page.goto(f"{editor.url}/images/{editor.images[0]}/review/")
    open_editor(page)
    return editor


def test_corrections_are_compared_with_what_was_submitted_and_follow_each_stroke(review: Editor, demo: Demo):
    page = review.page
    strip = page.get_by_role("region", name="Differences, one by one")
    review.press("d")
    expect(strip).to_contain_text(
        re.compile(rf"No pixel differs in class. Compared with: as submitted by {demo.username}, \d\d:\d\d")
    )
    review.press("2", "b")
    review.drag((400, 100), (440, 100))
    expect(strip).to_contain_text("1 place")
    expect(strip).to_contain_text("added")
    wait_saved(page)
    review.press("e")
    review.drag((120, 280), (120, 320))
    expect(strip).to_contain_text("2 places")
    expect(strip).to_contain_text("removed")
    wait_saved(page)
    review.press("Alt+ArrowDown")
    expect(strip).to_contain_text("1 of 2")
    first = page.evaluate(PLACE)
    review.press("Alt+ArrowDown")
    expect(strip).to_contain_text("2 of 2")
    second = page.evaluate(PLACE)
    assert first["pixels"] >= second["pixels"], "the largest comes first"
    assert {(first["from"] is None), (second["from"] is None)} == {True, False}
    review.press("Alt+ArrowUp")
    assert page.evaluate(PLACE) == first
    x, y = centre(review)
    assert first["box"]["x0"] <= x <= first["box"]["x1"] and first["box"]["y0"] <= y <= first["box"]["y1"]
    review.press("Control+z")
    expect(strip).to_contain_text("1")
    until(page, "window.maskloop.store.changes.value.length === 1")
    review.press("d")
    expect(strip).to_be_hidden()


def test_the_list_of_differences_leads_to_each(review: Editor):
    page = review.page
    review.press("2", "b")
    for y in (60, 140, 220):
        review.drag((400, y), (440, y))
    review.press("d")
    rows = page.get_by_role("listbox", name="Differences").get_by_role("option")
    expect(rows).to_have_count(3)
    rows.nth(2).click()
    expect(page.get_by_role("region", name="Differences, one by one")).to_contain_text("3 of 3")
    expect(rows.nth(2)).to_have_attribute("aria-selected", "true")


def test_returning_has_a_key_of_its_own(review: Editor):
    page = review.page
    review.press("r")
    assert page.evaluate("window.maskloop.store.toolName.value") == "rectangle"
    review.press("Control+Backspace")
    expect(page.get_by_role("dialog", name="Return to the annotator")).to_be_visible()


def test_annotators_comment_too(editor: Editor):
    page = editor.page
    editor.press("c")
    editor.click(300, 200)
    page.get_by_role("textbox", name="Comment").fill("Is this a disc?")
    page.get_by_role("textbox", name="Comment").press("Control+Enter")
    expect(page.locator("#pins .pin")).to_have_count(1)
    path = f"{editor.url}/api/v1/images/{editor.images[0]}/comments"
    assert [row["text"] for row in page.request.get(path, headers=editor.headers).json()["items"]] == [
        "Is this a disc?"
    ]


def centre(editor: Editor) -> tuple[float, float]:
    """The image pixel in the middle of the view."""
    view = editor.page.evaluate("window.maskloop.store.view.value")
    x, y = ((view[side] / 2 - view[axis]) / view["scale"] for side, axis in (("width", "x"), ("height", "y")))
    return x, y
