"""What outlines and proposals draw: new objects or more of one, the opposite by the right button, corners by hand."""

from typing import Literal

import numpy as np
import pytest
from playwright.sync_api import Page

from tests.browser.conftest import until
from tests.browser.made_editor import DISC, Editor, editor

__all__ = ["editor"]

pytestmark = pytest.mark.browser

Button = Literal["left", "middle", "right"]


def polygon(editor: Editor, x: int, y: int, side: int = 60, button: Button = "left") -> None:
    """Three corners by click, the last one by the double click that closes it."""
    for corner in ((x, y), (x + side, y), (x + side, y + side)):
        editor.click(*corner, button=button)
    editor.page.mouse.dblclick(*editor.place(x, y + side), button=button)


def store(page: Page, name: str):
    return page.evaluate(f"window.maskloop.store.{name}.value")


def target(editor: Editor) -> str:
    return editor.page.locator("#status-target").inner_text()


def test_each_outline_is_an_object_until_one_is_picked_to_be_extended(editor: Editor):
    editor.press("2", "p")
    assert target(editor) == "new Disc"
    polygon(editor, 40, 220)
    editor.has_steps(1)
    polygon(editor, 140, 220)
    editor.has_steps(2)
    first, second = editor.label(60, 240), editor.label(160, 240)
    assert first and second and first != second
    assert store(editor.page, "segmentId") == second and target(editor) == "new Disc"
    editor.press("Control+z")
    until(editor.page, f"window.maskloop.store.segmentId.value === {first}")
    editor.press("Control+Shift+z")
    until(editor.page, f"window.maskloop.store.segmentId.value === {second}")
    editor.page.keyboard.down("Alt")
    editor.click(60, 240)
    editor.page.keyboard.up("Alt")
    assert target(editor) == f"extends Disc #{first}"
    polygon(editor, 240, 220)
    editor.has_steps(3)
    assert editor.label(260, 240) == first
    choice = editor.page.locator("label", has_text="Object").locator("select")
    assert choice.input_value() == "extend"
    choice.select_option("new")
    assert target(editor) == "new Disc"
    polygon(editor, 40, 320)
    editor.has_steps(4)
    assert editor.label(60, 340) not in (first, second, 0)
    editor.press("Alt+q")
    assert target(editor).startswith("extends Disc #")


def test_the_strip_says_what_a_proposal_becomes(editor: Editor):
    editor.press("2", "w")
    editor.click(DISC[0], DISC[1])
    editor.proposes()
    strip = editor.page.locator(".strip-bar.proposal")
    assert "new Disc" in strip.inner_text()
    assert "takes" not in (strip.get_attribute("class") or "")
    editor.press("Shift+X")
    assert "takes away from Disc" in strip.inner_text()
    assert "takes" in (strip.get_attribute("class") or "")
    editor.press("Shift+Enter")
    editor.has_steps(1)
    assert editor.label(DISC[0], DISC[1]) != 0, "turned round twice it adds"
    editor.press("s")
    assert editor.page.locator("label", has_text="Outline").locator("select").input_value() == "subtract"


def test_the_wand_gathers_colours_and_takes_one_away_by_the_right_button(editor: Editor):
    def pixels() -> int:
        until(editor.page, "window.maskloop.store.proposal.value?.message === ''")
        return editor.page.evaluate("window.maskloop.store.proposal.value.pixels")

    editor.press("2", "w")
    editor.click(DISC[0], DISC[1])
    editor.proposes()
    disc = pixels()
    editor.click(130, 110)
    until(editor.page, f"window.maskloop.store.proposal.value.pixels > {disc + 10_000}")
    editor.click(DISC[0], DISC[1], button="right")
    until(editor.page, f"window.maskloop.store.proposal.value.pixels < {disc}")
    editor.press("Backspace")
    until(editor.page, f"window.maskloop.store.proposal.value.pixels > {disc + 10_000}")
    editor.press("Enter")
    editor.has_steps(1)
    assert editor.label(130, 110) == editor.label(DISC[0], DISC[1]) != 0


def test_the_right_button_is_the_opposite_and_opens_no_menu(editor: Editor):
    editor.page.evaluate(
        """addEventListener("contextmenu", (event) => {
             window.menus = [...(window.menus ?? []), event.defaultPrevented];
           })"""
    )
    editor.press("1", "r")
    editor.drag((100, 200), (300, 400))
    editor.has_steps(1)
    editor.press("b")
    editor.click(200, 300, button="right")
    editor.has_steps(2)
    assert editor.label(200, 300) == 0 and editor.label(120, 220) != 0
    editor.press("p")
    polygon(editor, 110, 210, button="right")
    editor.has_steps(3)
    assert editor.label(130, 230) == 0
    menus = editor.page.evaluate("window.menus")
    assert menus and all(menus)


def test_the_wheel_changes_the_size_with_alt_and_moves_the_view_with_shift(editor: Editor):
    page = editor.page
    editor.press("b", "+", "+")
    page.mouse.move(*editor.place(320, 240))
    before, view = store(page, "brushPx"), store(page, "view")
    page.keyboard.down("Alt")
    for _ in range(3):
        page.mouse.wheel(0, -120)
    until(page, f"window.maskloop.store.brushPx.value > {before * 1.4}")
    page.mouse.wheel(0, 120)
    page.keyboard.up("Alt")
    assert store(page, "view")["scale"] == view["scale"]
    page.keyboard.down("Shift")
    page.mouse.wheel(0, 60)
    until(page, f"window.maskloop.store.view.value.x < {view['x']}")
    page.keyboard.up("Shift")
    assert store(page, "view")["y"] == view["y"]


def test_a_corner_is_dragged_and_a_part_drawn_by_hand_before_the_outline_is_closed(editor: Editor):
    editor.press("1", "p")
    handles = editor.page.locator("#overlay .handle")
    for corner in ((60, 220), (160, 220), (160, 320)):
        editor.click(*corner)
    assert handles.count() == 3
    editor.drag((160, 220), (220, 200))
    editor.page.mouse.move(*editor.place(150, 380))
    editor.page.mouse.down()
    for x in range(150, 60, -6):
        editor.page.mouse.move(*editor.place(x, 380 + (x % 12)))
    editor.page.mouse.up()
    assert handles.count() == 5
    editor.page.mouse.move(*editor.place(60, 220))
    until(editor.page, "document.querySelectorAll('#overlay .handle.end').length === 1")
    editor.click(60, 220)
    editor.has_steps(1)
    painted = editor.painted() > 0
    assert painted[210, 205], "the corner went there"
    assert painted[370, 100] and not painted[420, 100]
    assert handles.count() == 0 and np.count_nonzero(painted) > 10_000
