"""The map of keys: searched, changed by the user, conflicts told, kept for the next visit; classes found by name."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Demo, open_editor, until

pytestmark = pytest.mark.browser

WAITING = "new"


def open_waiting_image(page: Page, demo: Demo) -> None:
    images = page.request.get(f"{demo.url}/api/v1/projects/1/images?state={WAITING}").json()["items"]
    page.goto(f"{demo.url}/images/{images[0]['id']}/label/")
    open_editor(page)


def row(page: Page, action: str):
    return page.locator(f".key-row[data-keys-of='{action}']")


def bind(page: Page, action: str, keys: str) -> None:
    row(page, action).get_by_role("button", name="Change the keys").click()
    page.keyboard.press(keys)


def tool(page: Page) -> str:
    return page.evaluate("window.maskloop.store.toolName.value")


def test_a_key_is_changed_works_at_once_and_after_a_reload(page: Page, demo: Demo):
    open_waiting_image(page, demo)
    page.keyboard.press("?")
    page.get_by_placeholder("Search an action or a key").fill("brush")
    expect(row(page, "tool:brush")).to_be_visible()
    expect(row(page, "undo")).to_be_hidden()
    bind(page, "tool:brush", "Control+b")
    expect(row(page, "tool:brush").locator("kbd")).to_have_text(["Ctrl+B"])
    page.keyboard.press("Escape")

    page.keyboard.press("v")
    page.keyboard.press("b")
    assert tool(page) == "pan"
    page.keyboard.press("Control+b")
    assert tool(page) == "brush"

    page.reload()
    open_editor(page)
    page.keyboard.press("v")
    page.keyboard.press("Control+b")
    assert tool(page) == "brush"
    page.keyboard.press("?")
    page.get_by_role("button", name="Usual keys for all").click()
    page.keyboard.press("Escape")
    page.keyboard.press("v")
    page.keyboard.press("b")
    assert tool(page) == "brush"


def test_a_key_in_use_is_told_and_taken_only_when_one_says_so(page: Page, demo: Demo):
    open_waiting_image(page, demo)
    page.keyboard.press("?")
    bind(page, "tool:brush", "e")
    talk = row(page, "tool:brush").get_by_role("alert")
    expect(talk).to_contain_text("E is used by “Eraser”.")
    talk.get_by_role("button", name="Leave it").click()
    expect(row(page, "tool:eraser").locator("kbd")).to_have_text(["E"])

    bind(page, "tool:brush", "e")
    talk.get_by_role("button", name="Take it from there").click()
    expect(row(page, "tool:brush").locator("kbd")).to_have_text(["E"])
    expect(row(page, "tool:eraser").locator("kbd")).to_have_count(0)
    page.keyboard.press("Escape")
    page.keyboard.press("v")
    page.keyboard.press("e")
    assert tool(page) == "brush"

    page.keyboard.press("?")
    row(page, "tool:eraser").get_by_role("button", name="Usual keys").click()
    expect(row(page, "tool:eraser").get_by_role("alert")).to_contain_text("E is used by “Brush”.")
    row(page, "tool:eraser").get_by_role("button", name="Take it from there").click()
    expect(row(page, "tool:eraser").locator("kbd")).to_have_text(["E"])
    expect(row(page, "tool:brush").locator("kbd")).to_have_count(0)
    page.get_by_role("button", name="Usual keys for all").click()


def test_escape_leaves_the_keys_as_they_are_and_the_map_open(page: Page, demo: Demo):
    open_waiting_image(page, demo)
    page.keyboard.press("?")
    bind(page, "tool:fill", "Escape")
    expect(row(page, "tool:fill").locator("kbd")).to_have_text(["G"])
    expect(page.locator("dialog.keys")).to_be_visible()
    bind(page, "tool:fill", "Space")
    expect(row(page, "tool:fill").get_by_role("alert")).to_contain_text("fixed meaning")


def test_a_class_is_found_by_typing_its_name(page: Page, demo: Demo):
    open_waiting_image(page, demo)
    page.keyboard.press("/")
    page.keyboard.type("tis")
    expect(page.locator("#class-list li:visible")).to_have_count(1)
    page.keyboard.press("Enter")
    name = "window.maskloop.store.classById.get(window.maskloop.store.classId.value).name"
    assert page.evaluate(name) == "Tissue"
    page.keyboard.press("/")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.evaluate(name) == "Cell"
    until(page, "document.activeElement.id === 'stage'")


def test_many_segments_are_chosen_as_files_are(page: Page, demo: Demo):
    page.goto(f"{demo.url}/images/1/label/")
    open_editor(page)
    rows = page.locator("#panel-segments .virtual .row")
    rows.nth(1).click()
    rows.nth(4).click(modifiers=["Shift"])
    chosen = "[...window.maskloop.store.selectedSegments.value].length"
    assert page.evaluate(chosen) == 4
    rows.nth(2).click(modifiers=["Control"])
    assert page.evaluate(chosen) == 3
    page.locator("#panel-segments .virtual").press("Control+a")
    assert page.evaluate(chosen) == page.evaluate("window.maskloop.segments.length")
    page.locator("#panel-segments .virtual").press("Home")
    page.locator("#panel-segments .virtual").press("Shift+ArrowDown")
    assert page.evaluate(chosen) == 2
