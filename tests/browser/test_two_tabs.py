"""Two tabs on one image, and a server that goes away: no stroke is lost."""

import io
import json

import numpy as np
import pytest
from PIL import Image as PillowImage
from playwright.sync_api import Page

from tests.browser.conftest import Demo, drag, open_editor, until, wait_saved

pytestmark = pytest.mark.browser


@pytest.fixture
def image(page: Page, demo: Demo) -> int:
    """An image that nobody labelled yet."""
    answer = page.request.get(f"{demo.url}/api/v1/projects/1/images?state=new")
    return json.loads(answer.body())["items"][-1]["id"]


def label_map(page: Page, demo: Demo, image: int) -> np.ndarray:
    answer = page.request.get(f"{demo.url}/api/v1/images/{image}/labels", headers={"Accept": "image/png"})
    return np.asarray(PillowImage.open(io.BytesIO(answer.body())))


def held_by(page: Page) -> np.ndarray:
    """The label map as the tab holds it."""
    rows = page.evaluate(
        """() => {
          const map = window.maskloop.labelmap, rows = [];
          for (let y = 0; y < map.height; y++) {
            const row = [];
            for (let x = 0; x < map.width; x++) row.push(map.get(x, y));
            rows.push(row);
          }
          return rows;
        }"""
    )
    return np.asarray(rows, np.uint16)


def paint(page: Page, key: str, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.bring_to_front()
    page.keyboard.press(key)
    drag(page, start, end)


def test_strokes_of_two_tabs_are_both_kept(page: Page, demo: Demo, image: int):
    address = f"{demo.url}/images/{image}/label/"
    other = page.context.new_page()
    for tab in (page, other):
        tab.goto(address)
        open_editor(tab)
    paint(page, "1", (0.3, 0.3), (0.4, 0.3))
    wait_saved(page)
    first = label_map(page, demo, image)
    assert first.any()
    paint(other, "2", (0.55, 0.7), (0.65, 0.7))
    wait_saved(other)
    both = label_map(page, demo, image)
    assert np.array_equal(both[first > 0] > 0, np.ones((first > 0).sum(), bool)), "the first tab's stroke stayed"
    assert np.count_nonzero(both) > 1.5 * np.count_nonzero(first), "the second tab's stroke arrived"
    assert np.array_equal(held_by(other), both), "the second tab shows both"
    answer = page.request.get(f"{demo.url}/api/v1/images/{image}/labels", headers={"Accept": "application/json"})
    assert len(json.loads(answer.body())["segments"]) == 2


def test_strokes_drawn_while_the_server_is_away_arrive_later(page: Page, demo: Demo, image: int):
    page.goto(f"{demo.url}/images/{image}/label/")
    open_editor(page)
    page.route("**/labels", lambda route: route.abort() if route.request.method == "PATCH" else route.continue_())
    paint(page, "3", (0.4, 0.5), (0.5, 0.5))
    until(page, "document.getElementById('save-state').textContent.includes('offline')")
    drawn = held_by(page)
    assert drawn.any()
    page.unroute("**/labels")
    wait_saved(page)
    assert np.array_equal(label_map(page, demo, image), drawn)


def test_a_stroke_survives_closing_the_tab_at_once(page: Page, demo: Demo, image: int):
    address = f"{demo.url}/images/{image}/label/"
    tab = page.context.new_page()
    tab.goto(address)
    open_editor(tab)
    tab.route("**/labels", lambda route: route.abort() if route.request.method == "PATCH" else route.continue_())
    paint(tab, "1", (0.2, 0.5), (0.3, 0.5))
    until(tab, "document.getElementById('save-state').textContent.includes('offline')")
    drawn = held_by(tab)
    # Either the last request of a closing page still arrives, or the draft in the browser is found again.
    tab.close()
    page.goto(address)
    open_editor(page)
    wait_saved(page)
    assert np.array_equal(label_map(page, demo, image), drawn)
