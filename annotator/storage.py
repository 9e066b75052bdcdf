"""Files by content hash, over Django's storage API (a folder, S3).

A key is `<kind>/<2 hex>/<sha256><extension>`; what a key names never changes, so files are written once and may be
cached for ever. An extension may also say whose the file is, so that nobody else comes to point at it. Rows point at
files, never the other way round: the file is written first, then the row, and `collect_garbage` removes files that no
row came to point at.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO

from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.utils import timezone


class AtomicFileSystemStorage(FileSystemStorage):
    """Files on disk that appear whole or not at all, whenever the machine stops."""

    def _save(self, name: str, content: File) -> str:
        target = Path(self.path(name))
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".writing-")
        try:
            with os.fdopen(handle, "wb") as file:
                for chunk in content.chunks():
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, target)
        except BaseException:
            os.unlink(temporary)
            raise
        return name

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name


def put(kind: str, data: bytes, extension: str = "") -> str:
    """Store `data` and return its key; the same bytes are stored once."""
    key = key_of(kind, hashlib.sha256(data).hexdigest(), extension)
    if not touch(key):
        default_storage.save(key, ContentFile(data))
    return key


def put_file(kind: str, path: Path, extension: str = "") -> str:
    """Store the file at `path`, read in chunks, and return its key."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    key = key_of(kind, digest, extension)
    if not touch(key):
        with path.open("rb") as file:
            default_storage.save(key, File(file))
    return key


def touch(key: str) -> bool:
    """Make an existing file as young as a new one, so that garbage collection spares it; False where there is none.

    Where files cannot be touched (S3) they count as missing and are written again.
    """
    try:
        os.utime(default_storage.path(key))
    except (FileNotFoundError, NotImplementedError):
        return False
    return True


def key_of(kind: str, digest: str, extension: str) -> str:
    return f"{kind}/{digest[:2]}/{digest}{extension}"


def digest_of(key: str) -> str:
    """The SHA-256 in a key."""
    return key.rsplit("/", 1)[-1][:64]


def get(key: str) -> bytes:
    """The bytes of a key. Raises FileNotFoundError where the file is gone."""
    with default_storage.open(key, "rb") as file:
        return file.read()


def get_range(key: str, offset: int, size: int) -> bytes:
    """`size` bytes of a key from `offset`, without reading the rest."""
    with default_storage.open(key, "rb") as file:
        remote = getattr(file, "obj", None)
        if remote is not None:  # in S3, where a seek would first fetch the whole file
            return remote.get(Range=f"bytes={offset}-{offset + size - 1}")["Body"].read()
        file.seek(offset)
        return file.read(size)


def open_file(key: str) -> IO[bytes]:
    return default_storage.open(key, "rb")


def size(key: str) -> int:
    return default_storage.size(key)


def replace_file(key: str, path: Path) -> None:
    """Store the file at `path` under a chosen key, over what was there (checkpoints of a run)."""
    if not isinstance(default_storage, FileSystemStorage):
        default_storage.delete(key)
    with path.open("rb") as file:
        default_storage.save(key, File(file))


def exists(key: str) -> bool:
    return default_storage.exists(key)


def delete(key: str) -> None:
    default_storage.delete(key)


@contextmanager
def local_path(key: str) -> Iterator[Path]:
    """A path on this machine with the content of `key`: the file itself on disk, a temporary copy otherwise."""
    try:
        yield Path(default_storage.path(key))
        return
    except NotImplementedError:
        pass
    with tempfile.TemporaryDirectory(prefix="maskloop-") as folder:
        copy = Path(folder) / Path(key).name
        with default_storage.open(key, "rb") as source, copy.open("wb") as target:
            while chunk := source.read(1 << 20):
                target.write(chunk)
        yield copy


def is_older(key: str, age: timedelta) -> bool:
    """Whether a file was written or touched longer than `age` ago; no for one that is gone."""
    try:
        return timezone.now() - default_storage.get_modified_time(key) > age
    except FileNotFoundError:
        return False


def delete_older(keys: Iterable[str], age: timedelta) -> int:
    """Delete those of the files that are older than `age`; returns how many."""
    deleted = 0
    for key in keys:
        if is_older(key, age):
            delete(key)
            deleted += 1
    return deleted


def list_keys(kind: str) -> Iterator[str]:
    """All keys of a kind."""
    try:
        folders, _ = default_storage.listdir(kind)
    except FileNotFoundError:
        return
    for folder in folders:
        _, files = default_storage.listdir(f"{kind}/{folder}")
        yield from (f"{kind}/{folder}/{name}" for name in files)
