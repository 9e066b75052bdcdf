"""How the editor comes up for somebody who has never opened it."""

import pytest
from playwright.sync_api import Page

from annotator.assets import editor_files
from tests.browser.conftest import Demo, open_editor, until

pytestmark = pytest.mark.browser

FETCHED = (
    "performance.getEntriesByType('resource')"
    ".filter(({name}) => /annotator.editor|vendor.(fflate|idb|signals)/.test(name))"
)


def test_a_projects_page_has_the_browser_fetch_the_editor_before_it_is_opened(page: Page, demo: Demo):
    page.goto(f"{demo.url}/projects/1/models/")
    until(page, f"{FETCHED}.length >= {len(editor_files())}")
    page.locator("#work button").first.click()
    open_editor(page)
    from_server = page.evaluate(f"{FETCHED}.filter(({{transferSize}}) => transferSize > 0).map(({{name}}) => name)")
    assert page.evaluate(f"{FETCHED}.length") > len(editor_files()) / 2
    assert from_server == []
