"""What the editor asks when work could be lost: whose pixels stand, and whether strokes left behind come back."""

import io

import numpy as np
import pytest
from PIL import Image as PillowImage
from playwright.sync_api import Page, expect

from tests.browser.conftest import Demo, open_editor, until, wait_saved
from tests.browser.test_two_tabs import image, paint

pytestmark = pytest.mark.browser
__all__ = ["image"]

CONFLICT = """() => {
  const { store } = window.maskloop;
  const chosen = (window.chosen = []);
  const offer = (regions) => ({
    regions,
    theirAuthor: "bob",
    theirTime: new Date().toISOString(),
    theirRevision: 7,
    classesIn: () => ({
      mine: [{ class: store.classes[0].id, pixels: 40 }],
      theirs: [{ class: store.classes[1].id, pixels: 30 }, { class: null, pixels: 10 }],
    }),
    theirLabels: () => null,
    resolve(choice, region) {
      chosen.push([choice, region ? region.x0 : "all"]);
      const left = region ? regions.filter((one) => one !== region) : [];
      store.conflict.value = left.length ? offer(left) : null;
    },
  });
  const at = (x0, y0) => ({ x0, y0, x1: x0 + 20, y1: y0 + 20, pixels: 40 });
  store.conflict.value = offer([at(100, 80), at(200, 180), at(300, 200)]);
}"""
RECOVERY = """() => {
  window.chosen = [];
  window.maskloop.store.recovery.value = {
    strokes: 3,
    savedAt: "2026-05-04T10:00:00Z",
    restore: () => window.chosen.push("restore"),
    discard: () => window.chosen.push("discard"),
  };
}"""


@pytest.fixture
def editor(page: Page, demo: Demo) -> Page:
    waiting = page.request.get(f"{demo.url}/api/v1/projects/1/images?state=new").json()["items"]
    page.goto(f"{demo.url}/images/{waiting[0]['id']}/label/")
    open_editor(page)
    return page


def centre(page: Page) -> tuple[float, float]:
    """The image pixel in the middle of the view."""
    view = page.evaluate("window.maskloop.store.view.value")
    return tuple((view[side] / 2 - view[axis]) / view["scale"] for side, axis in (("width", "x"), ("height", "y")))


def test_contested_places_are_walked_through_and_chosen_one_by_one(editor: Page):
    editor.evaluate(CONFLICT)
    strip = editor.get_by_role("region", name="Save conflict")
    expect(strip).to_contain_text("bob drew on the same pixels (")
    expect(strip).to_contain_text("Yours stand until you choose.")
    for side in ("Mine, seen now", "Background", "Tissue30", "unlabelled10"):
        expect(strip).to_contain_text(side)
    expect(strip).to_contain_text("1 of 3")
    expect(editor.locator("#save-state")).to_contain_text("someone else changed this, compare")
    assert centre(editor) == pytest.approx((110, 90), abs=1)
    strip.get_by_role("button", name="Next difference").click()
    expect(strip).to_contain_text("2 of 3")
    assert centre(editor) == pytest.approx((210, 190), abs=1)
    strip.get_by_role("button", name="Take theirs").click()
    expect(strip).to_contain_text("2 of 2")
    strip.get_by_role("button", name="Previous difference").click()
    strip.get_by_role("button", name="Keep mine").click()
    strip.get_by_role("button", name="Keep mine").click()
    expect(strip).to_be_hidden()
    assert editor.evaluate("window.chosen") == [["theirs", 200], ["mine", 100], ["mine", 300]]


def test_places_are_walked_and_chosen_by_keys(editor: Page):
    editor.evaluate(CONFLICT)
    strip = editor.get_by_role("region", name="Save conflict")
    for key in ("Alt+ArrowDown", "Alt+t", "Alt+ArrowUp", "Alt+m"):
        editor.keyboard.press(key)
    expect(strip).to_contain_text("1 of 1")
    editor.keyboard.press("Alt+Shift+t")
    expect(strip).to_be_hidden()
    assert editor.evaluate("window.chosen") == [["theirs", 200], ["mine", 100], ["theirs", "all"]]


def test_theirs_are_seen_before_one_chooses(page: Page, demo: Demo, image: int):
    other = page.context.new_page()
    for tab in (page, other):
        tab.goto(f"{demo.url}/images/{image}/label/")
        open_editor(tab)
    paint(page, "1", (0.4, 0.5), (0.5, 0.5))
    wait_saved(page)
    paint(other, "2", (0.45, 0.5), (0.55, 0.5))
    strip = other.get_by_role("region", name="Save conflict")
    expect(strip).to_contain_text("You drew on the same pixels on another page")
    for words in ("Mine, seen now", "Tissue", "Theirs", "Background"):
        expect(strip).to_contain_text(words)
    other.mouse.move(5, 5)
    mine = middle_of(other)
    other.keyboard.press("Alt+c")
    expect(strip).to_contain_text("Theirs, seen now")
    until(other, "window.maskloop.isDrawn")
    theirs = middle_of(other)
    assert mine[1] > mine[2] and theirs[2] > theirs[1], "green Tissue of mine, blue Background of theirs"
    other.keyboard.press("Control+Enter")
    expect(other.locator("#toasts")).to_contain_text("First choose whose labels stand")
    other.keyboard.press("Alt+t")
    expect(strip).to_be_hidden()
    assert other.evaluate("window.maskloop.store.shownLayer.value") == "labels"
    wait_saved(other)
    until(other, "window.maskloop.isDrawn")
    expect(other.locator("#toasts")).not_to_contain_text("First choose")


def middle_of(page: Page) -> list[int]:
    """Colour in the middle of the picture, as a person sees it."""
    box = page.locator("#stage").bounding_box()
    assert box is not None
    clip = {"x": box["x"] + box["width"] / 2 - 2, "y": box["y"] + box["height"] / 2 - 2, "width": 4, "height": 4}
    shot = PillowImage.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB")
    return [int(value) for value in np.asarray(shot).reshape(-1, 3).mean(axis=0)]


def test_all_that_is_left_can_be_chosen_at_once(editor: Page):
    editor.evaluate(CONFLICT)
    editor.get_by_role("button", name="All theirs").click()
    assert editor.evaluate("window.chosen") == [["theirs", "all"]]
    expect(editor.get_by_role("region", name="Save conflict")).to_be_hidden()


@pytest.mark.parametrize(("button", "choice"), [("Put back", "restore"), ("Throw away", "discard")])
def test_strokes_left_behind_are_offered_and_the_offer_needs_an_answer(editor: Page, button: str, choice: str):
    editor.evaluate(RECOVERY)
    offer = editor.get_by_role("dialog", name="Strokes that were not saved")
    expect(offer).to_contain_text("3 strokes on this image had not reached the server.")
    editor.keyboard.press("Escape")
    expect(offer).to_be_visible()
    offer.get_by_role("button", name=button).click()
    expect(offer).to_be_hidden()
    assert editor.evaluate("window.chosen") == [choice]
