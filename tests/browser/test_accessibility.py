"""axe-core finds nothing on the editor and the main pages, in both themes; a narrow screen holds everything."""

import json

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ROOT, Demo, log_in, open_editor

pytestmark = pytest.mark.browser

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
NARROW = {"width": 390, "height": 844}
PROJECT_PAGES = ("", "images/", "models/", "export/", "import/", "settings/", "jobs/")


@pytest.fixture(scope="module", autouse=True)
def axe_is_there() -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci")


def violations(page: Page) -> list[str]:
    """What axe finds, as one line each. It comes in past the pages' policy, which allows no such script."""
    page.evaluate(AXE.read_text(encoding="utf-8") + "\n0")
    found = json.loads(page.evaluate("axe.run().then((result) => JSON.stringify(result.violations))"))
    return [f"{page.url} {rule['id']}: {[node['html'][:160] for node in rule['nodes'][:4]]}" for rule in found]


def ids(page: Page, demo: Demo, state: str) -> list[int]:
    answer = page.request.get(f"{demo.url}/api/v1/projects/1/images?state={state}")
    return [image["id"] for image in answer.json()["items"]]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_have_no_violation(page: Page, demo: Demo, theme: str):
    page.emulate_media(color_scheme=theme)
    found = []
    for path in PROJECT_PAGES:
        page.goto(f"{demo.url}/projects/1/{path}")
        if page.locator(".driver-popover").count():
            page.keyboard.press("Escape")
        found += violations(page)
    for path in ("/", "/jobs/", "/projects/new/"):
        page.goto(demo.url + path)
        found += violations(page)
    assert found == []


def test_the_login_page_has_no_violation(browser: Browser, demo: Demo):
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{demo.url}/accounts/login/")
    assert violations(page) == []
    context.close()


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("mode", ["label", "review"])
def test_the_editor_has_no_violation(page: Page, demo: Demo, mode: str, theme: str):
    image = ids(page, demo, "new" if mode == "label" else "accepted")[0]
    page.goto(f"{demo.url}/images/{image}/{mode}/")
    open_editor(page)
    page.evaluate(f"window.maskloop.store.theme.value = '{theme}'")
    for section in page.locator(".fold[aria-expanded=false]").all():
        section.click()
    for keys in ("Shift+G", "+", "+", "/"):
        page.keyboard.press(keys)
    found = violations(page)
    page.keyboard.press("Escape")
    page.locator("[data-action=keys]").click()
    found += violations(page)
    assert found == []


@pytest.mark.parametrize("mode", ["label", "review"])
def test_a_narrow_screen_holds_the_editor(browser: Browser, demo: Demo, mode: str):
    context = browser.new_context(viewport=NARROW, has_touch=True, is_mobile=True, reduced_motion="reduce")
    page = context.new_page()
    log_in(page, demo)
    image = ids(page, demo, "new" if mode == "label" else "accepted")[0]
    page.goto(f"{demo.url}/images/{image}/{mode}/")
    open_editor(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    outside = page.evaluate(
        """[...document.querySelectorAll("#topbar button, #topbar a, #topbar span")].filter((one) => {
             const box = one.getBoundingClientRect();
             return box.width && (box.right > innerWidth + 1 || box.left < -1);
           }).map((one) => one.outerHTML.slice(0, 120))"""
    )
    assert outside == []
    panel = page.locator("#panel")
    expect(panel).to_be_hidden()
    page.locator("[data-action=panel]").tap()
    box = panel.bounding_box()
    assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= NARROW["width"] + 1
    expect(page.get_by_role("button", name="Background", exact=False).first).to_be_visible()
    context.close()


def test_two_fingers_zoom_and_move_and_do_not_draw(browser: Browser, demo: Demo):
    context = browser.new_context(viewport=NARROW, has_touch=True, is_mobile=True, reduced_motion="reduce")
    page = context.new_page()
    log_in(page, demo)
    page.goto(f"{demo.url}/images/{ids(page, demo, 'new')[0]}/label/")
    open_editor(page)
    before = page.evaluate("window.maskloop.store.view.value.scale")
    touch = context.new_cdp_session(page)

    def fingers(kind: str, *points: tuple[int, int]) -> None:
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})

    fingers("touchStart", (180, 400))
    fingers("touchStart", (180, 400), (220, 400))
    for spread in (20, 40, 60, 80):
        fingers("touchMove", (180 - spread, 400), (220 + spread, 400))
    fingers("touchEnd")
    assert page.evaluate("window.maskloop.store.view.value.scale") > 2 * before
    assert page.evaluate("window.maskloop.store.strokeCount.value") == 0
    assert page.evaluate("window.maskloop.labelmap.labelledPixels") == 0

    fingers("touchStart", (120, 400))
    fingers("touchMove", (160, 420))
    fingers("touchEnd")
    assert page.evaluate("window.maskloop.store.strokeCount.value") == 1
    context.close()
