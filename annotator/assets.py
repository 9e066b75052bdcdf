"""The files that browsers load: their common version, and the modules of the editor."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

FOLDER = Path(__file__).parent / "static"
EDITOR = FOLDER / "annotator" / "editor"
EDITOR_LIBRARIES = ("vendor/fflate.mjs", "vendor/idb-keyval.js", "vendor/signals-core.mjs")


def assets_version(folder: Path = FOLDER) -> str:
    """Twelve hexadecimal digits that change with the name or content of any file under `folder`.

    They stand in the address of every file, so that browsers keep them for ever and modules still import each other
    by relative names.
    """
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


def editor_modules() -> list[str]:
    """Modules that the editor's page runs, as static names; those of its workers are not among them."""
    return [name for name in _names(EDITOR.rglob("*.js")) if not name.endswith(".worker.js")]


def editor_files() -> list[str]:
    """All files that only the editor loads, as static names: its libraries, modules, workers and styles."""
    return [*EDITOR_LIBRARIES, *_names(EDITOR.rglob("*.js")), *_names(EDITOR.rglob("*.css"))]


def _names(paths: Iterable[Path]) -> list[str]:
    return sorted(path.relative_to(FOLDER).as_posix() for path in paths)
