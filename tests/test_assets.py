"""Files that browsers load are kept by them until they change."""

import gzip
import re

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from annotator import assets
from annotator.assets import BUILT_EDITOR, EDITOR_FILES, assets_version
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


def test_files_go_over_the_wire_in_gzip(client):
    address = f"/static/{assets_version()}/built/editor/main.js"
    packed = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(b"".join(packed)) == b"".join(client.get(address))


def test_the_editor_that_browsers_get_is_made_of_its_modules_as_they_are():
    assert built_assets() == []
    built = {f"built/editor/{path.name}" for path in BUILT_EDITOR.iterdir() if path.suffix in (".js", ".css")}
    assert built == set(EDITOR_FILES)


def test_who_starts_with_an_old_build_is_warned(tmp_path, monkeypatch):
    monkeypatch.setattr(assets, "BUILT_EDITOR", tmp_path)
    (tmp_path / "sources").write_text("0123456789ab")
    [warning] = built_assets()
    assert (warning.id, warning.hint) == ("annotator.W001", "Run `make assets`.")
    call_command("check")


def test_nothing_starts_without_files_for_browsers(tmp_path, monkeypatch):
    monkeypatch.setattr(assets, "BUILT_EDITOR", tmp_path)
    with pytest.raises(SystemCheckError, match="were not built yet"):
        call_command("check")
