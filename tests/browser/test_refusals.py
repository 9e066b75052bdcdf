"""A save or a submission that the server refuses: the reason in words, what is kept, and the way on."""

import json

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import drag, open_editor, until, wait_saved
from tests.browser.made_editor import Editor, editor

pytestmark = pytest.mark.browser
__all__ = ["editor"]


def answer_saves(page: Page, status: int, detail: str | None) -> None:
    """Answer every save with this; without a detail as something before the server would, in no words."""

    def answer(route: Route) -> None:
        if route.request.method != "PATCH":
            return route.continue_()
        if detail is None:
            return route.fulfill(status=status, content_type="text/html", body="<h1>no</h1>")
        problem = {"title": "No", "status": status, "detail": detail}
        return route.fulfill(status=status, content_type="application/problem+json", body=json.dumps(problem))

    page.route("**/labels", answer)


def strip(page: Page):
    return page.get_by_role("region", name="Not saved")


def state_of(editor: Editor, image: int) -> str:
    return editor.page.request.get(f"{editor.url}/api/v1/images/{image}", headers=editor.headers).json()["state"]


def becomes(editor: Editor, image: int, state: str, seconds: float = 20) -> None:
    """Wait until an image that was left is in its next state."""
    for _ in range(int(10 * seconds)):
        if state_of(editor, image) == state:
            return
        editor.page.wait_for_timeout(100)
    raise AssertionError(f"not {state} within {seconds} s")


@pytest.mark.parametrize(
    ("status", "detail", "words"),
    [
        (423, "bob is working on this image.", "Not saved: bob is working on this image."),
        (403, "The role viewer may not edit.", "Not saved: The role viewer may not edit."),
        (429, None, "Not saved: The server has too much to do just now."),
        (500, "Look into the log.", "Not saved: The server met an error while it saved."),
        (507, None, "Not saved: The server has no room left for labels."),
    ],
)
def test_a_refusal_that_passes_is_told_and_heals_by_itself(editor: Editor, status: int, detail: str | None, words: str):
    page = editor.page
    answer_saves(page, status, detail)
    editor.press("1", "b")
    editor.drag((100, 300), (160, 300))
    expect(strip(page)).to_contain_text(words)
    expect(strip(page)).to_contain_text("1 stroke is kept in this browser.")
    expect(strip(page)).to_contain_text("Next try in")
    assert "offline" not in (page.locator("#save-state").text_content() or "")
    assert page.locator("#toasts .toast").count() == 0, "it is said once"
    page.unroute("**/labels")
    wait_saved(page)
    expect(strip(page)).to_be_hidden()


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (413, "Not saved: These strokes are more than the server takes at once."),
        (422, "Not saved: The server cannot read these strokes."),
    ],
)
def test_a_refusal_that_stays_is_tried_again_when_one_says_so(editor: Editor, status: int, words: str):
    page = editor.page
    answer_saves(page, status, None)
    editor.press("1", "b")
    editor.drag((100, 300), (160, 300))
    expect(strip(page)).to_contain_text(words)
    expect(strip(page)).to_contain_text("It is tried again with the next stroke.")
    page.unroute("**/labels")
    strip(page).get_by_role("button", name="Try again").click()
    wait_saved(page)
    expect(strip(page)).to_be_hidden()


def test_an_image_with_nothing_to_label_is_submitted_after_one_question(editor: Editor):
    page = editor.page
    first, second = editor.images
    until(page, "maskloop.isNextReady")
    editor.press("Control+Enter")
    question = page.get_by_role("dialog", name="Nothing is labelled")
    expect(question).to_be_visible()
    editor.press("Escape")
    expect(question).to_be_hidden()
    assert page.evaluate("maskloop.store.image.value.id") == first
    assert state_of(editor, first) == "new"
    editor.press("Control+Enter", "Enter")
    until(page, f"maskloop.store.image.value?.id === {second}")
    becomes(editor, first, "submitted")
    assert page.locator("#toasts .toast.error").count() == 0
    page.goto(f"{editor.url}/images/{first}/review/")
    open_editor(page)
    page.get_by_role("button", name="Accept").last.click()
    becomes(editor, first, "accepted")


def test_what_was_drawn_is_submitted_without_a_question(editor: Editor):
    page = editor.page
    editor.press("1", "b")
    editor.drag((100, 300), (160, 300))
    editor.press("Control+Enter")
    until(page, f"maskloop.store.image.value?.id === {editor.images[1]}")
    becomes(editor, editor.images[0], "submitted")


def test_an_error_that_is_over_is_no_longer_told(editor: Editor):
    page = editor.page
    page.route("**/labels", lambda route: route.abort() if route.request.method == "PATCH" else route.continue_())
    editor.press("1", "b")
    editor.drag((100, 300), (160, 300))
    until(page, "maskloop.store.saveState.value.kind === 'offline'")
    editor.press("Control+s")
    expect(page.locator("#toasts")).to_contain_text("The server cannot be reached.")
    page.unroute("**/labels")
    wait_saved(page)
    expect(page.locator("#toasts .toast.error")).to_have_count(0)


@pytest.mark.parametrize("hide", ["labels", "class"])
def test_nobody_draws_what_is_not_seen(editor: Editor, hide: str):
    page = editor.page
    editor.press("1", "b")
    if hide == "labels":
        editor.press("h")
    else:
        page.evaluate(
            "maskloop.store.hiddenClasses.value = new Set([maskloop.store.classId.value])",
        )
    drag(page, (0.3, 0.3), (0.5, 0.3))
    assert page.evaluate("maskloop.store.areLabelsShown.value && maskloop.store.hiddenClasses.value.size === 0")
    editor.says("shown again")
