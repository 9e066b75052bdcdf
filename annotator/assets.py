"""The files that browsers load: their common version, and what is built of the editor's modules."""

import hashlib
from pathlib import Path

FOLDER = Path(__file__).parent / "static"
EDITOR = FOLDER / "annotator" / "editor"
BUILT_EDITOR = FOLDER / "built" / "editor"
# What only the editor loads: its script, its workers' and its styles, as static names.
EDITOR_FILES = tuple(
    f"built/editor/{name}"
    for name in ("main.js", "labels.worker.js", "image.worker.js", "picture.worker.js", "styles.css")
)


def assets_version(folder: Path = FOLDER) -> str:
    """Twelve hexadecimal digits that change with the name or content of any file under `folder`.

    They stand in the address of every file, so that browsers keep them for ever and modules still import each other
    by relative names.
    """
    digest = hashlib.sha256()
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    for name, path in sorted(files.items()):
        digest.update(name.encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


def built_version() -> str | None:
    """The version of the editor's sources that its files were built of; None where there are no such files."""
    try:
        return (BUILT_EDITOR / "sources").read_text()
    except FileNotFoundError:
        return None
