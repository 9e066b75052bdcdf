"""Files that browsers load are kept by them until they change."""

import re

from annotator.assets import assets_version, editor_modules


def test_the_version_changes_with_a_name_and_with_a_content(tmp_path):
    (tmp_path / "editor").mkdir()
    (tmp_path / "editor" / "main.js").write_text("1")
    first = assets_version(tmp_path)
    assert re.fullmatch(r"[0-9a-f]{12}", first)
    (tmp_path / "editor" / "main.js").write_text("2")
    second = assets_version(tmp_path)
    (tmp_path / "editor" / "main.js").rename(tmp_path / "editor" / "other.js")
    assert len({first, second, assets_version(tmp_path)}) == 3


def test_modules_are_kept_for_ever_under_an_address_with_their_version(client):
    address = f"/static/{assets_version()}/annotator/editor/main.js"
    answer = client.get(address)
    assert answer.status_code == 200
    assert "immutable" in answer["Cache-Control"]
    assert client.get("/static/annotator/editor/main.js").status_code == 404


def test_every_module_that_the_page_runs_is_preloaded():
    modules = editor_modules()
    assert "annotator/editor/main.js" in modules
    assert not [name for name in modules if name.endswith(".worker.js")]
