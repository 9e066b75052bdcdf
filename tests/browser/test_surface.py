"""What stands around the image: in sight at every width, named, resizable, and as its user left it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Demo, drag, log_in, open_editor, until, wait_saved

pytestmark = pytest.mark.browser

SHORT_UP_TO = 1240
WIDTHS = (360, 390, 701, 900, 1024, 1101, SHORT_UP_TO, SHORT_UP_TO + 1, 1440)
LONG = "a-very-long-name-of-a-picture-that-a-microscope-took-in-the-night-000017.tif"


def ids(page: Page, demo: Demo, state: str) -> list[int]:
    answer = page.request.get(f"{demo.url}/api/v1/projects/1/images?state={state}")
    return [image["id"] for image in answer.json()["items"]]


@pytest.fixture
def editor(page: Page, demo: Demo) -> Iterator[Page]:
    """The editor as a newcomer sees it; what a test changes of the user's settings is taken back."""
    page.goto(f"{demo.url}/images/{ids(page, demo, 'new')[0]}/label/")
    open_editor(page)
    yield page
    token = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "csrftoken")
    page.request.patch(
        f"{demo.url}/api/v1/me/preferences",
        data={"panel_px": None, "opacity": None, "theme": None, "smoothing": None},
        headers={"X-CSRFToken": token},
    )


def size_of(page: Page, selector: str) -> dict[str, float]:
    box = page.locator(selector).bounding_box()
    assert box is not None
    return dict(box)


def sent(page: Page, demo: Demo, name: str, value: object) -> None:
    """Wait until the server has a preference."""
    for _ in range(50):
        if page.request.get(f"{demo.url}/api/v1/me/preferences").json().get(name) == value:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"the server never got {name} = {value}")


def test_most_of_the_window_is_the_image(editor: Page):
    box = size_of(editor, "#stage")
    assert box["width"] * box["height"] >= 0.8 * 1440 * 900


@pytest.mark.parametrize("mode", ["label", "review"])
@pytest.mark.parametrize("kind", ["saved", "offline", "refused"])
def test_the_save_state_is_in_sight_at_every_width(page: Page, demo: Demo, mode: str, kind: str):
    page.goto(f"{demo.url}/images/{ids(page, demo, 'new' if mode == 'label' else 'accepted')[0]}/{mode}/")
    open_editor(page)
    page.evaluate(
        """([name, kind]) => {
             const { store } = window.maskloop;
             store.image.value = { ...store.image.value, name, editable: true, state: "submitted" };
             store.saveState.value = { kind, strokes: 3 };
             store.strokeCount.value = 3;
           }""",
        [LONG, kind],
    )
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 700})
        word = "short" if width <= SHORT_UP_TO else "word"
        found = page.evaluate(
            """(word) => {
                 const one = document.querySelector(`#save-state .${word}`);
                 const [text, state] = [one, one.parentElement].map((each) => each.getBoundingClientRect());
                 const bar = document.querySelector("#topbar");
                 return { isWhole: text.width > 0 && text.right <= state.right + 1,
                          isInside: state.left >= 0 && state.right <= innerWidth && bar.scrollWidth <= innerWidth };
               }""",
            word,
        )
        assert found == {"isWhole": True, "isInside": True}, width


def test_the_panel_is_made_wider_and_stays_so(editor: Page, demo: Demo, browser: Browser):
    before = size_of(editor, "#panel")["width"]
    edge = size_of(editor, ".resizer")
    x, y = edge["x"] + edge["width"] / 2, 500
    editor.mouse.move(x, y)
    editor.mouse.down()
    editor.mouse.move(x - 90, y, steps=3)
    editor.mouse.up()
    assert abs(size_of(editor, "#panel")["width"] - before - 90) <= 1

    editor.locator(".resizer").focus()
    editor.keyboard.press("ArrowLeft")
    width = size_of(editor, "#panel")["width"]
    assert width > before + 90
    assert editor.locator(".resizer").get_attribute("aria-valuenow") == str(round(width))
    sent(editor, demo, "panel_px", round(width))

    editor.reload()
    open_editor(editor)
    assert size_of(editor, "#panel")["width"] == width
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    elsewhere = context.new_page()
    log_in(elsewhere, demo)
    elsewhere.goto(editor.url)
    open_editor(elsewhere)
    until(elsewhere, f"Math.round(document.getElementById('panel').getBoundingClientRect().width) === {round(width)}")
    context.close()

    editor.locator(".resizer").dblclick()
    assert size_of(editor, "#panel")["width"] == before


def test_an_image_in_full_view_is_fitted_to_each_window_until_it_is_zoomed(editor: Page):
    whole = """(() => { const { view, image } = window.maskloop.store; const v = view.value;
                 return v.x >= 0 && v.y >= 0 && v.x + v.scale * image.value.width <= v.width
                   && v.y + v.scale * image.value.height <= v.height; })()"""
    scale = "window.maskloop.store.view.value.scale"
    wide = editor.evaluate(scale)
    editor.set_viewport_size({"width": 900, "height": 640})
    until(editor, f"{scale} < {wide} && {whole}")
    editor.set_viewport_size({"width": 1600, "height": 1000})
    until(editor, f"{scale} > {wide} && {whole}")
    editor.keyboard.press("+")
    zoomed = editor.evaluate(scale)
    editor.set_viewport_size({"width": 900, "height": 640})
    until(editor, "window.maskloop.store.view.value.width < 900")
    assert editor.evaluate(scale) == zoomed


def test_a_tool_is_named_under_the_pointer_and_the_focus_at_once(editor: Page):
    flyout = editor.locator("#tools-flyout")
    editor.hover("[data-action='tool:assist']")
    expect(flyout).to_contain_text("Click-to-segment", timeout=300)
    expect(flyout.locator("kbd")).to_have_text("A")
    editor.mouse.move(700, 450)
    expect(flyout).to_be_hidden()
    editor.locator("#stage").focus()
    editor.keyboard.press("F6")
    editor.keyboard.press("Tab")
    expect(flyout).to_contain_text("GrabCut", timeout=300)
    assert editor.locator("[data-action='tool:grabcut']").get_attribute("aria-describedby") == "tools-flyout"
    editor.keyboard.press("Escape")
    expect(flyout).to_be_hidden()


@pytest.mark.parametrize("height", [900, 640])
def test_the_size_of_the_brush_is_in_reach_whatever_is_open(editor: Page, height: int):
    editor.set_viewport_size({"width": 1024, "height": height})
    for fold in editor.locator(".fold[aria-expanded=false]").all():
        fold.click()
    size = size_of(editor, "[data-section=options] input[type=range][aria-label=Size]")
    assert size["y"] + size["height"] <= height - 24
    segments = size_of(editor, "[data-section=segments]")
    assert segments["height"] >= 170


def test_what_was_in_hand_is_there_after_a_reload(editor: Page, demo: Demo):
    editor.keyboard.press("3")
    editor.keyboard.press("e")
    for _ in range(3):
        editor.keyboard.press("]")
    editor.keyboard.press("Shift+]")
    editor.get_by_role("button", name="Light theme").click()
    state = """JSON.stringify((({ toolName, classId, brushPx, opacity, theme }) =>
                 [toolName, classId, brushPx, opacity, theme].map(({ value }) => value))(window.maskloop.store))"""
    before = editor.evaluate(state)
    sent(editor, demo, "theme", "light")
    editor.reload()
    open_editor(editor)
    assert editor.evaluate(state) == before
    assert '"eraser"' in before and '"light"' in before and "24" not in before


def test_ready_means_drawn(page: Page, demo: Demo):
    page.goto(f"{demo.url}/images/{ids(page, demo, 'accepted')[0]}/review/")
    page.wait_for_selector("body[data-phase=ready]")
    tones = page.evaluate(
        """(() => { const canvas = document.getElementById("canvas");
             const copy = document.createElement("canvas");
             [copy.width, copy.height] = [canvas.width, canvas.height];
             const context = copy.getContext("2d");
             context.drawImage(canvas, 0, 0);
             const { data } = context.getImageData(canvas.width / 4, canvas.height / 4, 400, 400);
             return new Set(data).size; })()"""
    )
    assert tones > 20
    expect(page.locator("#curtain")).to_be_hidden()


def test_the_cursor_is_the_outline_of_the_brush_where_that_can_be_seen(editor: Page):
    cursor = "getComputedStyle(document.getElementById('stage')).cursor"
    editor.mouse.move(600, 400)
    until(editor, f"{cursor} === 'none'")
    editor.evaluate("window.maskloop.store.brushPx.value = 1")
    until(editor, f"{cursor} === 'crosshair'")


def test_both_modes_have_the_same_tools(page: Page, demo: Demo):
    tools = []
    for mode, state in (("label", "new"), ("review", "accepted")):
        page.goto(f"{demo.url}/images/{ids(page, demo, state)[0]}/{mode}/")
        open_editor(page)
        tools.append({one.get_attribute("data-action") for one in page.locator("#tools [data-action^='tool:']").all()})
    assert tools[0] == tools[1]
    assert {"tool:rectangle", "tool:comment"} <= tools[0]


def test_a_phone_tells_the_class_and_opens_the_list(browser: Browser, demo: Demo):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    log_in(page, demo)
    page.goto(f"{demo.url}/images/{ids(page, demo, 'new')[1]}/label/")
    open_editor(page)
    chip = page.locator(".class-chip")
    expect(chip).to_have_text("Background")
    chip.tap()
    expect(page.locator("#panel")).to_be_visible()
    page.locator("#class-list .row").nth(1).tap()
    page.locator("[data-action=panel]").tap()
    expect(chip).to_have_text("Tissue")
    page.locator("#zoom [data-action=fit]").tap()
    context.close()


def test_strokes_are_saved_with_a_panel_of_any_width(editor: Page):
    editor.evaluate("window.maskloop.store.panelPx.value = 400")
    drag(editor, (0.4, 0.4), (0.6, 0.5))
    wait_saved(editor)
    assert editor.evaluate("window.maskloop.labelmap.labelledPixels") > 0
