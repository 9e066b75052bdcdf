"""Files that browsers load are kept by them until they change."""

import re

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from annotator import assets, checks
from annotator.assets import BUILT_EDITOR, EDITOR_FILES, assets_version, trouble_with_assets
from annotator.checks import built_assets


def test_the_version_changes_with_a_name_and_with_a_content(tmp_path):
    (tmp_path / "editor").mkdir()
    (tmp_path / "editor" / "main.js").write_text("1")
    first = assets_version(tmp_path)
    assert re.fullmatch(r"[0-9a-f]{12}", first)
    (tmp_path / "editor" / "main.js").write_text("2")
    second = assets_version(tmp_path)
    (tmp_path / "editor" / "main.js").rename(tmp_path / "editor" / "other.js")
    assert len({first, second, assets_version(tmp_path)}) == 3


def test_files_are_kept_for_ever_under_an_address_with_their_version(client):
    address = f"/static/{assets_version()}/built/editor/main.js"
    answer = client.get(address)
    assert answer.status_code == 200
    assert "immutable" in answer["Cache-Control"]
    assert client.get("/static/built/editor/main.js").status_code == 404


def test_the_editor_that_browsers_get_is_made_of_its_modules_as_they_are():
    assert trouble_with_assets() is None
    built = {f"built/editor/{path.name}" for path in BUILT_EDITOR.iterdir() if path.suffix in (".js", ".css")}
    assert built == set(EDITOR_FILES)


@pytest.mark.parametrize(("built_of", "level"), [(None, "annotator.E001"), ("0123456789ab", "annotator.W001")])
def test_who_starts_without_building_is_told(built_of, level, tmp_path, monkeypatch):
    folder = tmp_path / "editor"
    if built_of:
        folder.mkdir()
        (folder / "sources").write_text(built_of)
    for module in (assets, checks):
        monkeypatch.setattr(module, "BUILT_EDITOR", folder)
    [message] = built_assets(None)
    assert message.id == level
    assert message.hint == "Run `make assets`."


def test_what_is_not_built_anew_fails_each_command(tmp_path, monkeypatch):
    monkeypatch.setattr(assets, "BUILT_EDITOR", tmp_path / "editor")
    monkeypatch.setattr(checks, "BUILT_EDITOR", tmp_path / "editor")
    with pytest.raises(SystemCheckError, match="were not built yet"):
        call_command("check")
