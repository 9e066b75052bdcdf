"""The files that browsers load: their common version, and the modules of the editor."""

import hashlib
from pathlib import Path

FOLDER = Path(__file__).parent / "static"
EDITOR = FOLDER / "annotator" / "editor"


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
    modules = (path for path in sorted(EDITOR.rglob("*.js")) if not path.name.endswith(".worker.js"))
    return [path.relative_to(FOLDER).as_posix() for path in modules]
