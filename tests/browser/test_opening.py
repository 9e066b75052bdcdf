"""How the editor comes up for somebody who has never opened it."""

import pytest
from playwright.sync_api import Page

from annotator.assets import EDITOR_FILES
from tests.browser.conftest import Demo, open_editor, until

pytestmark = pytest.mark.browser

FETCHED = "performance.getEntriesByType('resource').filter(({name}) => /built.editor/.test(name))"


def test_a_projects_page_has_the_browser_fetch_the_editor_before_it_is_opened(page: Page, demo: Demo):
    page.goto(f"{demo.url}/projects/1/models/")
    until(page, f"{FETCHED}.length >= {len(EDITOR_FILES)}")
    page.locator("#work button").first.click()
    open_editor(page)
    from_server = page.evaluate(f"{FETCHED}.filter(({{transferSize}}) => transferSize > 0).map(({{name}}) => name)")
    assert page.evaluate(f"{FETCHED}.length") > len(EDITOR_FILES) / 2
    assert from_server == []
