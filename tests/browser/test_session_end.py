"""A session that ends while something is open: the login comes on top, and everything is there again after it."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import ROOT, Demo, clean_environment, log_in, until, wait_saved
from tests.browser.made_editor import Editor, editor

pytestmark = pytest.mark.browser
__all__ = ["editor"]

FOCUSED = "document.activeElement.id"


@pytest.fixture
def unsaved(editor: Editor) -> Editor:
    """With a stroke that could not be saved yet."""
    editor.page.route("**/labels", lambda route: route.abort() if is_save(route) else route.continue_())
    editor.press("1", "b")
    editor.drag((100, 300), (160, 300))
    until(editor.page, "window.maskloop.store.saveState.value.kind === 'offline'")
    return editor


def is_save(route: Route) -> bool:
    return route.request.method == "PATCH"


def end_session(editor: Editor) -> None:
    """The next save finds that nobody is logged in."""
    editor.page.context.clear_cookies()
    editor.page.unroute("**/labels")
    editor.page.evaluate("window.dispatchEvent(new Event('online'))")


def log_in_again(editor: Editor, demo: Demo) -> None:
    dialog = editor.page.get_by_role("dialog", name="Log in again")
    expect(dialog.get_by_label("Password")).to_be_focused()
    dialog.get_by_label("Password").fill(demo.password)
    dialog.get_by_role("button", name="Log in").click()
    wait_saved(editor.page)


def test_over_the_map_of_keys(unsaved: Editor, demo: Demo):
    page = unsaved.page
    unsaved.press("?")
    search = page.get_by_placeholder("Search an action or a key")
    search.fill("brush")
    end_session(unsaved)
    log_in_again(unsaved, demo)
    expect(search).to_be_visible()
    expect(search).to_be_focused()
    unsaved.press("Escape")
    until(page, f"{FOCUSED} === 'stage'")


def test_over_the_search_for_a_class(unsaved: Editor, demo: Demo):
    unsaved.press("/")
    unsaved.page.keyboard.type("dis")
    end_session(unsaved)
    log_in_again(unsaved, demo)
    unsaved.press("Enter")
    chosen = "window.maskloop.store.classById.get(window.maskloop.store.classId.value).name"
    assert unsaved.page.evaluate(chosen) == "Disc"


def test_over_a_proposal_which_is_accepted_after_it(unsaved: Editor, demo: Demo):
    unsaved.press("2", "w")
    unsaved.click(400, 240)
    unsaved.proposes()
    end_session(unsaved)
    log_in_again(unsaved, demo)
    assert unsaved.page.evaluate(FOCUSED) == "stage"
    unsaved.press("Enter")
    unsaved.has_steps(2)
    wait_saved(unsaved.page)


def test_in_mid_stroke_which_goes_on_beneath_it(editor: Editor, demo: Demo):
    page = editor.page
    held: list[Route] = []
    page.route("**/labels", lambda route: held.append(route) if is_save(route) and not held else route.continue_())
    editor.press("1", "b")
    editor.drag((100, 300), (160, 300))
    for _ in range(50):
        if held:
            break
        page.wait_for_timeout(100)
    page.mouse.move(*editor.place(200, 200))
    page.mouse.down()
    page.mouse.move(*editor.place(230, 200), steps=3)
    page.context.clear_cookies()
    held[0].continue_()
    page.get_by_role("dialog", name="Log in again").wait_for()
    page.mouse.move(*editor.place(260, 200), steps=3)
    page.mouse.up()
    editor.has_steps(2)
    log_in_again(editor, demo)
    painted = editor.painted() > 0
    assert painted[200, 200:230].all() and painted[300, 130]
    page.mouse.move(*editor.place(400, 400), steps=3)
    assert (editor.painted() > 0).sum() == painted.sum(), "the pointer is up"


def test_as_another_user_in_another_tab_saves_nothing_as_theirs(editor: Editor, demo: Demo):
    other = replace(demo, username="otto", password="a word of otto's")
    subprocess.run(
        [sys.executable, "manage.py", "createsuperuser", "--noinput", "--username", other.username, "--email", ""],
        cwd=ROOT,
        env=clean_environment(demo.data, 0) | {"DJANGO_SUPERUSER_PASSWORD": other.password},
        check=True,
    )
    tab = editor.page.context.new_page()
    editor.page.context.clear_cookies()
    log_in(tab, other)
    editor.page.bring_to_front()
    editor.press("1", "b")
    editor.drag((100, 300), (160, 300))
    dialog = editor.page.get_by_role("dialog", name="Log in again")
    expect(dialog).to_contain_text("otto logged in in this browser, in another tab.")
    dialog.get_by_label("Password").fill("not the one")
    dialog.get_by_role("button", name="Log in").click()
    expect(dialog).to_contain_text("User name or password is not right.")
    log_in_again(editor, demo)
    [image] = editor.page.evaluate("[maskloop.store.image.value.id]")
    answer = editor.page.request.get(f"{demo.url}/api/v1/images/{image}/revisions", headers=editor.headers)
    assert {row["author"] for row in json.loads(answer.body())["items"]} == {demo.username}
    tab.close()
