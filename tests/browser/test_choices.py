"""What the editor asks when work could be lost: whose pixels stand, and whether strokes left behind come back."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Demo, open_editor

pytestmark = pytest.mark.browser

CONFLICT = """() => {
  const { store } = window.maskloop;
  const chosen = (window.chosen = []);
  const offer = (regions) => ({
    regions,
    theirAuthor: "bob",
    theirRevision: 7,
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
    expect(strip).to_contain_text("bob saved over the same place as you (revision 7, 40 pixels)")
    expect(strip).to_contain_text("1 of 3")
    expect(editor.locator("#save-state")).to_contain_text("someone else changed this, compare")
    assert centre(editor) == pytest.approx((110, 90), abs=1)
    strip.get_by_role("button", name="Next place").click()
    expect(strip).to_contain_text("2 of 3")
    assert centre(editor) == pytest.approx((210, 190), abs=1)
    strip.get_by_role("button", name="Take theirs").click()
    expect(strip).to_contain_text("2 of 2")
    strip.get_by_role("button", name="Previous place").click()
    strip.get_by_role("button", name="Keep mine").click()
    strip.get_by_role("button", name="Keep mine").click()
    expect(strip).to_be_hidden()
    assert editor.evaluate("window.chosen") == [["theirs", 200], ["mine", 100], ["mine", 300]]


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
