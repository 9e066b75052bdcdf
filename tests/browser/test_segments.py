"""Operations on segments and help from predictions in a real browser: refused in words, seen, and undone."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ROOT, Demo, clean_environment, until, wait_saved
from tests.browser.made_editor import Editor, editor, square, with_object

pytestmark = pytest.mark.browser
__all__ = ["editor"]

PREDICT = Path(__file__).with_name("predict.py")


def choose(editor: Editor, *places: tuple[int, int]) -> None:
    editor.press("i")
    editor.click(*places[0])
    editor.page.keyboard.down("Shift")
    for place in places[1:]:
        editor.click(*place)
    editor.page.keyboard.up("Shift")


@pytest.mark.parametrize("key", ["Shift+I", "Shift+E"])
def test_segments_that_lie_apart_keep_their_pixels(editor: Editor, key: str):
    with_object(editor, lambda: square(editor, 100, 200, 40))
    with_object(editor, lambda: square(editor, 300, 200, 40))
    before, steps = editor.painted(), editor.steps
    choose(editor, (110, 210), (310, 210))
    editor.press(key)
    editor.says("lie apart")
    assert editor.steps == steps
    assert np.array_equal(editor.painted(), before)


def test_a_key_that_cannot_do_anything_says_why(editor: Editor):
    editor.press("Delete")
    editor.says("Select a segment first")
    editor.press("Shift+A")
    editor.says("This image has no prediction")
    editor.press("Control+z")
    editor.says("Nothing was done on this image yet")


def test_what_is_isolated_is_told_and_escape_ends_it(editor: Editor):
    with_object(editor, lambda: square(editor, 100, 200, 40))
    chip = editor.page.get_by_role("button", name="Only Disc")
    expect(chip).to_be_hidden()
    choose(editor, (110, 210))
    editor.press("j")
    expect(chip).to_be_visible()
    expect(editor.page.locator(".segment-tools [data-action=isolate]")).to_have_attribute("aria-pressed", "true")
    editor.press("Escape")
    expect(chip).to_be_hidden()


def test_labels_of_the_image_before_do_not_go_over_those_that_are_there(editor: Editor):
    with_object(editor, lambda: square(editor, 200, 200, 50))
    wait_saved(editor.page)
    editor.open(editor.images[1])
    editor.press("1")
    square(editor, 180, 180, 40)
    mine = editor.painted()
    editor.press("Shift+V")
    editor.has_steps(2)
    editor.says("1 segment copied from a.png")
    after = editor.painted()
    assert np.array_equal(after[mine > 0], mine[mine > 0])
    assert np.count_nonzero(after) == 40 * 40 + 50 * 50 - 20 * 20
    editor.page.get_by_role("status").get_by_role("button", name="Undo").click()
    editor.has_steps(1)
    assert np.array_equal(editor.painted(), mine)


@pytest.fixture
def predicted(editor: Editor, demo: Demo) -> Editor:
    """The second image, open with a prediction of two discs that nobody touched."""
    subprocess.run(
        [sys.executable, str(PREDICT), str(editor.images[1])],
        cwd=ROOT,
        env={**clean_environment(demo.data, 0), "PYTHONPATH": os.pathsep.join([str(ROOT)])},
        check=True,
        capture_output=True,
    )
    editor.open(editor.images[1])
    until(editor.page, "window.maskloop.store.isPrediction.value")
    return editor


def test_one_accepted_segment_leaves_the_rest_of_the_prediction_in_sight(predicted: Editor):
    page = predicted.page
    outlines = page.locator("#overlay .untaken path")
    chip = page.get_by_role("button", name="predicted segment not taken over")
    page.mouse.move(*predicted.place(120, 120))
    predicted.press("Shift+A")
    predicted.has_steps(1)
    expect(chip).to_be_visible()
    assert predicted.label(120, 120) != 0 and predicted.label(420, 120) == 0
    box = outlines.first.bounding_box()
    assert box is not None
    middle = predicted.place(419.5, 119.5)
    assert abs(box["x"] + box["width"] / 2 - middle[0]) < 3 and abs(box["y"] + box["height"] / 2 - middle[1]) < 3
    predicted.says("outlined with dashes")
    page.mouse.move(*predicted.place(420, 120))
    predicted.press("Shift+A")
    predicted.has_steps(2)
    expect(chip).to_be_hidden()
    assert predicted.label(420, 120) != 0
    predicted.press("Control+z")
    expect(chip).to_be_visible()
    predicted.press("Escape")
    expect(chip).to_be_hidden()
    assert outlines.count() == 0
